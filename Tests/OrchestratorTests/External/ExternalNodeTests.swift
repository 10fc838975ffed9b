import Foundation
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Testing
import TimeLimits

@testable import Orchestrator

/// A program of its own among our nodes, over real sockets.
@Suite(.serialized, .workLimit(minutes: 4)) struct ExternalNodeTests {
    private func node(_ name: String, of testnet: Testnet) async throws -> NetworkStatus.Node {
        try #require(await testnet.status().nodes.first { $0.name == name })
    }

    private static let everyone = (1...6).map { "n\($0)" } + [NetworkWithDouble.name]

    @Test("A program that speaks the protocol joins a swarm, takes copies, hands copies on, and is told what it missed")
    func everyday() async throws {
        try await withDouble { testnet in
            let double = try await node(NetworkWithDouble.name, of: testnet)
            #expect(double.isExternal && double.state == .running && double.processID != getpid())
            #expect(try await !node("n1", of: testnet).isExternal)
            try await OutsideCaller.with(testnet) { caller in
                try await QueueClient.with { queue in
                    let identity = try ScriptedClients.identity(1, seed: 7)
                    let swarm = try await caller.swarm(of: identity.account)
                    #expect(Set(swarm) == Set(Self.everyone))

                    let stored = try await caller.store("from ours", for: identity.account, at: "n1")
                    #expect(Set(stored.acknowledged) == Set(Self.everyone))
                    #expect(try await queue.inbox(of: identity, at: double) == ["from ours"])

                    let answer = try await queue.call("store", Inbox.store("from theirs", for: identity), at: double)
                    let entries = try #require(answer["swarm"]?.asObject)
                    #expect(entries.count == 7 && entries.values.allSatisfy { $0["failed"] == nil })
                    for name in Self.everyone {
                        let texts = try await queue.inbox(of: identity, at: try await node(name, of: testnet))
                        #expect(texts == ["from ours", "from theirs"], "\(name)")
                    }

                    try await killed(testnet, caller, identity)
                    try await restarted(testnet, queue, identity, double)
                }
            }
        }
    }

    private func killed(_ testnet: Testnet, _ caller: OutsideCaller, _ identity: SessionIdentity) async throws {
        try await testnet.act(.kill, on: [NetworkWithDouble.name])
        #expect(try await node(NetworkWithDouble.name, of: testnet).state == .stopped)
        let stored = try await caller.store("missed", for: identity.account, at: "n2")
        #expect(stored.failed == [NetworkWithDouble.name] && stored.acknowledged.count == 6)
        for node in await testnet.status().nodes where !node.isExternal {
            #expect(node.state == .running && node.stake == .active)
        }
    }

    private func restarted(
        _ testnet: Testnet, _ queue: QueueClient, _ identity: SessionIdentity, _ before: NetworkStatus.Node
    ) async throws {
        let facts = testnet.events.subscribe()
        try await testnet.act(.restart, on: [NetworkWithDouble.name])
        let again = try await node(NetworkWithDouble.name, of: testnet)
        #expect(again.httpsPort == before.httpsPort && again.omqPort == before.omqPort)
        #expect(again.processID != before.processID)
        // It keeps nothing over a restart, so whatever it has now was pushed to it.
        for await recorded in facts {
            let peer = recorded.event.fields["peer"]?.asString
            if recorded.event.kind == .recordsPushed, peer == again.legacy.hex { break }
        }
        #expect(try await queue.inbox(of: identity, at: again).contains("missed"))
        try await testnet.waitUntilSettled()
    }

    @Test(
        "What an external server holds of scripted clients is read over its own interface, and nothing else is claimed")
    func inventory() async throws {
        try await withDouble { testnet in
            try await OutsideCaller.with(testnet) { caller in
                let identity = try ScriptedClients.identity(0, seed: 7)
                _ = try await caller.store("seen", for: identity.account, at: "n3")
                // Nobody holds this account's keys here.
                _ = try await caller.store("unseen", for: AccountID(session: try key(9)), at: "n3")
                let facts = testnet.events.subscribe()
                await testnet.takeInventory()
                let theirs = try await first(.inventoryTaken, from: NetworkWithDouble.name, in: facts)
                let records = try #require(theirs.fields["records"]?.asArray)
                #expect(records.count == 1)
                #expect(records.first?["digest"]?.asString == Hex.encode(Digest.sha256(Bytes("seen".utf8))))
                #expect(records.first?["account"]?.asString == identity.account.hex)
            }
        }
    }

    private func key(_ byte: UInt8) throws -> X25519PublicKey {
        try X25519KeyPair(secretKey: Bytes(repeating: byte, count: 32)).publicKey
    }

    @Test("A program shows a message to the peer whose turn it is because of a block, and to no other")
    func storageTest() async throws {
        try await withDouble { testnet in
            let double = try await node(NetworkWithDouble.name, of: testnet)
            let account = try ScriptedClients.identity(0, seed: 7).account
            let text = Bytes("shown".utf8)
            try await OutsideCaller.with(testnet) { _ = try await $0.store("shown", for: account, at: "n1") }
            let hash = try #require(Base64.decode(MessageHash(account: account, namespace: .inbox, data: text).text))
            var turns = 0
            for _ in 0..<200 where turns == 0 {
                try await testnet.advance(blocks: 1)
                let height = Bytes("\(await testnet.ledgerHeight)".utf8)
                for name in Self.everyone where name != double.name {
                    let answer = try await QueueClient.with(NodeKeys(networkSeed: 7, name: name).x25519) {
                        try await $0.request("sn.storage_test", [height, hash], of: double)
                    }
                    guard answer != [Bytes("wrong request".utf8)] else { continue }
                    #expect(answer == [Bytes("OK".utf8), text], "\(name)")
                    turns += 1
                }
            }
            #expect(turns == 1)
        }
    }

    @Test("A program that is not there is refused before anything starts")
    func absentProgram() async throws {
        try await withFolder { folder in
            var settings = try NetworkWithDouble.settings(ours: 1, in: folder)
            settings.topology.externals[NetworkWithDouble.name]?.executable = "/nowhere/oxen-storage"
            let error = await #expect(throws: NetworkError.self) { _ = try await Testnet(settings) }
            #expect(
                error
                    == .cannotRun(
                        node: NetworkWithDouble.name, executable: "/nowhere/oxen-storage",
                        reason: "No such file or directory")
            )
        }
    }

    @Test("A program that ends before it listens is named with its last words")
    func endsAtOnce() async throws {
        try await withFolder { folder in
            var settings = try NetworkWithDouble.settings(ours: 1, in: folder)
            settings.topology.externals[NetworkWithDouble.name] = Topology.ExternalServer(
                executable: "/bin/sh",
                arguments: [try ArgumentTemplate("-c"), try ArgumentTemplate("echo no {name}; exit 3")])
            let testnet = try await Testnet(settings)
            let error = await #expect(throws: ReadinessError.self) { try await testnet.start() }
            await testnet.down()
            let text = error.map { "\($0)" } ?? ""
            #expect(text.hasPrefix("node ext1 ended: it exited with code 3 before its listeners were open"))
            #expect(text.contains("ext1 | no ext1"))
        }
    }
}
