import Foundation
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Testing
import TimeLimits

@testable import Orchestrator

/// A real network of twelve nodes in this process. One at a time: they share the machine's cores.
@Suite(.serialized, .workLimit(minutes: 4)) struct LiveNetworkTests {
    private static let patienceOver: JSON = "no answer within 5.0 seconds"

    @Test(
        "Twelve nodes come up, deliver a canary, and status tells outside programs how to drive every one of them"
    )
    func status() async throws {
        try await withFolder { folder in
            try await withNetwork(in: folder) { testnet in
                try await testnet.deliverCanary()
                try await testnet.wait(for: .canaryDelivered, timeout: .seconds(30))
                let status = try JSON(parsing: await testnet.status().json.utf8)
                #expect(status["ready"] == true)
                let ledger = try #require(status["ledger"])
                #expect(try #require(ledger["rpcURL"]?.asString).contains(/^http:\/\/127\.0\.0\.1:\d+$/))
                #expect(try #require(ledger["omqAddress"]?.asString).contains(/^tcp:\/\/127\.0\.0\.1:\d+$/))
                #expect(X25519PublicKey(hex: ledger["omqPubkey"]?.asString ?? "") != nil)
                #expect(try #require(ledger["height"]?.asInteger) > 0)

                let nodes = try #require(status["nodes"]?.asArray)
                #expect(nodes.compactMap { $0["name"]?.asString } == (1...12).map { "n\($0)" })
                for node in nodes {
                    #expect(node["state"] == "running" && node["mode"] == "in-process")
                    #expect(node["pid"]?.asInteger == Int64(getpid()))
                    for port in ["httpsPort", "omqPort"] {
                        let number = try #require(node[port]?.asInteger)
                        #expect((1...65_535).contains(number))
                    }
                    for key in ["pubkeyLegacy", "pubkeyEd25519", "pubkeyX25519"] {
                        #expect(try #require(node[key]?.asString).contains(/^[0-9a-f]{64}$/))
                    }
                    #expect(SwarmID(hex: node["swarm"]?.asString ?? "?") != nil)
                }
                let addresses = Set(nodes.compactMap { $0["ip"]?.asString })
                #expect(
                    addresses.count == 12 && addresses.allSatisfy { $0.contains(/^127\.\d+\.\d+\.\d+$/) })
            }
        }
    }

    @Test("Two networks of one seed run side by side with the same keys and separate addresses")
    func sideBySide() async throws {
        try await withFolder { folder in
            try await withNetwork("left", in: folder) { left in
                try await withNetwork("right", in: folder) { right in
                    for testnet in [left, right] { try await testnet.deliverCanary() }
                    let (here, there) = (await left.status(), await right.status())
                    #expect(here.nodes.map(\.legacy) == there.nodes.map(\.legacy))
                    #expect(here.nodes.map(\.ed25519) == there.nodes.map(\.ed25519))
                    #expect(here.nodes.map(\.x25519) == there.nodes.map(\.x25519))
                    #expect(here.ledger.omqPublicKey == there.ledger.omqPublicKey)
                    #expect(Set(here.nodes.map(\.address)).isDisjoint(with: there.nodes.map(\.address)))
                    #expect(here.ledger.rpcURL != there.ledger.rpcURL)
                }
            }
            try await withNetwork("other", nodes: 4, seed: 8, in: folder) { other in
                let keys = await other.status().nodes.map(\.legacy)
                #expect(!keys.contains(NodeKeys(networkSeed: 7, name: "n1").legacy.publicKey))
            }
        }
    }

    @Test(
        "While a member is killed, stores succeed at once and name it; restarted, it acknowledges again"
    )
    func killed() async throws {
        try await withFolder { folder in
            try await withNetwork(in: folder) { testnet in
                try await OutsideCaller.with(testnet) { caller in
                    let account = try await testnet.client(1).identity.account
                    let swarm = try await caller.swarm(of: account)
                    let (entry, victim) = (swarm[0], swarm[1])
                    let before = try await caller.store("before", for: account, at: entry)
                    #expect(before.acknowledged == swarm && before.failed.isEmpty)

                    // Three, as any fact may be the first.
                    let (losses, facts) = (testnet.events.subscribe(), testnet.events.subscribe())
                    let returns = testnet.events.subscribe()
                    let key = try #require(await testnet.status().nodes.first { $0.name == victim }).legacy
                    try await testnet.act(.kill, on: [victim])
                    #expect(await testnet.status().nodes.first { $0.name == victim }?.state == .stopped)
                    for number in 1...3 {
                        let during = try await caller.store("during \(number)", for: account, at: entry)
                        #expect(during.failed == [victim])
                        #expect(during.acknowledged == swarm.filter { $0 != victim })
                    }
                    // Told by its connection, and not by five seconds without an answer.
                    let loss = try await first(.peerUnreachable, from: entry, in: losses) {
                        $0.fields["peer"] == .string(key.hex)
                    }
                    #expect(loss.fields["reason"] != Self.patienceOver)
                    let sent = try await testnet.client(0).store(
                        Bytes("onion".utf8), for: account, ttl: .seconds(60))
                    #expect(sent.failed.count == 1)

                    try await testnet.act(.restart, on: [victim])
                    _ = try await first(.swarmEntered, from: victim, in: facts) { _ in true }
                    // Until then it is waited for 40 ms only, which a busy machine may pass.
                    _ = try await first(.peerReturned, from: entry, in: returns) {
                        $0.fields["peer"] == .string(key.hex)
                    }
                    let after = try await caller.store("after", for: account, at: entry)
                    #expect(after.acknowledged == swarm && after.failed.isEmpty)
                }
            }
        }
    }

    @Test("Only the first store waits for a paused member; it is noticed when it goes on")
    func paused() async throws {
        try await withFolder { folder in
            try await withNetwork(in: folder) { testnet in
                try await OutsideCaller.with(testnet) { caller in
                    let account = try await testnet.client(1).identity.account
                    let swarm = try await caller.swarm(of: account)
                    let (entry, victim) = (swarm[0], swarm[1])
                    _ = try await caller.store("before", for: account, at: entry)

                    let (facts, losses) = (testnet.events.subscribe(), testnet.events.subscribe())
                    let key = try #require(await testnet.status().nodes.first { $0.name == victim }).legacy
                    try await testnet.act(.pause, on: [victim])
                    let first = try await caller.store("first", for: account, at: entry)
                    #expect(first.failed == [victim] && first.acknowledged == swarm.filter { $0 != victim })
                    // One time-out, and then it is known: how long later ones wait is for tests with a clock of their own.
                    let loss = try await OrchestratorTests.first(.peerUnreachable, from: entry, in: losses) {
                        $0.fields["peer"] == .string(key.hex)
                    }
                    #expect(loss.fields["reason"] == Self.patienceOver)
                    for number in 2...4 {
                        let later = try await caller.store("later \(number)", for: account, at: entry)
                        #expect(later.failed == [victim])
                    }
                    try await testnet.act(.resume, on: [victim])
                    _ = try await OrchestratorTests.first(.peerReturned, from: entry, in: facts) {
                        $0.fields["peer"] == .string(key.hex)
                    }
                    let after = try await caller.store("after", for: account, at: entry)
                    #expect(after.acknowledged == swarm && after.failed.isEmpty)
                }
            }
        }
    }

    @Test("An action on an unknown node changes nothing and names the nodes there are")
    func unknownNode() async throws {
        try await withFolder { folder in
            try await withNetwork(nodes: 4, in: folder) { testnet in
                let refusal = NetworkError.unknownNode(name: "n9", known: ["n1", "n2", "n3", "n4"])
                await #expect(throws: refusal) { try await testnet.act(.kill, on: ["n1", "n9"]) }
                #expect(await testnet.status().nodes.allSatisfy { $0.state == .running })
            }
        }
    }
}
