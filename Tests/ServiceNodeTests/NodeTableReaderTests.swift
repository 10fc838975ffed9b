import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Synchronization
import Testing
import TimeLimits

@testable import ServiceNode

/// How the nodes of one process read the ledger's tables together.
@Suite(.workLimit(minutes: 1)) struct NodeTableReaderTests {
    private static let keys = (1...6).map { NodeKeys(networkSeed: 7, name: "sn\($0)") }

    private static func view(_ reading: NodeTableReader.Reading?) -> NetworkView? {
        if case .network(let view)? = reading { view } else { nil }
    }

    @Test(
        "Equal replies give the very same view, in one buffer or in two; other bytes under the same hash do not"
    )
    func sharing() throws {
        let reader = NodeTableReader()
        let reply = ledgerTable(Self.keys.map { ListedNode($0) }).utf8
        let first = try #require(Self.view(reader.reading(of: reply)))
        let copy = reply.map { $0 }
        #expect(Self.view(reader.reading(of: copy)) === first)
        let other = ledgerTable(Self.keys.map { ListedNode($0, swarm: 0x20) }).utf8
        let second = try #require(Self.view(reader.reading(of: other)))
        #expect(second.blockHash == first.blockHash)
        #expect(second.swarms.keys.sorted() == [SwarmID(0x20)])
        #expect(Self.view(reader.reading(of: reply)) === first)
    }

    @Test("Only the last few replies are kept, so that a long run does not grow")
    func bound() throws {
        let reader = NodeTableReader()
        weak var oldest: NetworkView?
        for number in 0..<7 {
            let reply = ledgerTable([ListedNode(Self.keys[0])], block: "b\(number)").utf8
            let view = try #require(Self.view(reader.reading(of: reply)))
            if number == 0 { oldest = view }
            #expect((oldest == nil) == (number == 6), "after \(number)")
        }
    }

    @Test(
        "A reply that says unchanged has no view, and one that cannot be used is never taken for another"
    )
    func withoutView() {
        let reader = NodeTableReader()
        let unchanged: JSON = ["height": 9, "block_hash": "b9", "hardfork": 19, "unchanged": true]
        for _ in 1...2 {
            if case .unchanged? = reader.reading(of: unchanged.utf8) {
            } else {
                Issue.record("not unchanged")
            }
            #expect(reader.reading(of: Bytes("{".utf8)) == nil)
            #expect(reader.reading(of: ledgerTable([]).utf8.dropLast(1).map { $0 }) == nil)
        }
    }

    /// Several blocks: swarms form, a node moves, one is decommissioned, addresses become known, and nothing at all.
    private static let blocks: [JSON] = [
        ledgerTable(keys.map { ListedNode($0, ip: "0.0.0.0") }, height: 1, block: "b1"),
        ledgerTable(keys.map { ListedNode($0) }, height: 2, block: "b2"),
        ledgerTable(
            keys.enumerated().map { ListedNode($1, swarm: $0 < 3 ? 0x10 : 0x9000) }, height: 3,
            block: "b3"),
        ledgerTable(
            keys.enumerated().map { ListedNode($1, swarm: $0 < 2 ? 0x10 : $0 == 2 ? .max : 0x9000) },
            height: 4,
            block: "b4"),
        ledgerTable(
            keys.enumerated().map { ListedNode($1, swarm: $0 < 2 ? 0x10 : $0 == 2 ? .max : 0x9000) },
            height: 5,
            block: "b5"),
        ledgerTable(keys.dropFirst().map { ListedNode($0) }, height: 6, block: "b6"),
    ]

    /// What one node makes of the blocks: its events, and after each block what its membership answers.
    private func course(of keys: NodeKeys, tables: NodeTableReader?) async throws -> [String] {
        let events = TestEventLog()
        let membership = CurrentMembership()
        // After each block a question that changes nothing: once it is asked, the block was taken in.
        let unchanged: JSON = ["height": 1, "block_hash": "b", "hardfork": 19, "unchanged": true]
        let next = Mutex(Self.blocks.flatMap { [$0, unchanged] })
        let transport = TestTransport(answer: { request in
            guard request.command == "rpc.get_service_nodes" else {
                return .reply([Bytes((request.command == "sub.block" ? "OK" : "200").utf8)])
            }
            // A buffer of its own, as from a socket.
            return .reply([Bytes("200".utf8), next.withLock { $0.removeFirst() }.utf8])
        })
        let environment = NodeEnvironment(
            clock: TestClock(), transport: transport, randomness: SeededRandomness(seed: 1),
            store: FailingStore(error: .closed), events: events, tables: tables)
        let configuration = NodeConfiguration(
            name: "n", keys: keys,
            ledger: OMQPeer(address: .loopback, port: 1, publicKey: TestNode.stranger, role: .ledger))
        let peers = PeerLinks(name: "n", environment: environment)
        let link = LedgerLink(
            configuration: configuration, environment: environment, membership: membership,
            peers: peers,
            transfers: Transfers(name: "n", environment: environment, membership: membership, peers: peers))
        var course: [String] = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await link.run(ports: TestTransport.ports) }
            let caller = OMQCaller(
                publicKey: keys.x25519.publicKey, address: nil, connection: .init(route: [1]))
            for count in 1..<Self.blocks.count * 2 {
                await transport.untilRequested("rpc.get_service_nodes", count: count)
                _ = await link.notifyBlock.run(OMQCall(command: "notify.block", parts: [], caller: caller))
                await transport.untilRequested("rpc.get_service_nodes", count: count + 1)
                guard !count.isMultiple(of: 2) else { continue }
                course.append(try answers(of: try #require(membership.current), keys))
            }
            group.cancelAll()
        }
        try #require(course.count == Self.blocks.count)
        return course + events.all(.swarmEntered).map { "\($0.kind) \(JSON.object($0.fields).text)" }
    }

    private func answers(of membership: Membership, _ keys: NodeKeys) throws -> String {
        let accounts = try (0..<8).map { number in
            try #require(
                AccountID(
                    [5] + Bytes(repeating: UInt8(number * 31), count: 7) + Bytes(repeating: 1, count: 25)))
        }
        return """
            \(membership.height) \(membership.blockHash) \(membership.standing) \(membership.reachableNodes)
            \(membership.peers) \(membership.reasonNotReady ?? "ready")
            \(accounts.map { ReplyValue.dictionary(membership.view.swarmReply(for: $0)).json.text })
            \(accounts.map { membership.isResponsible(for: $0) })
            \(Self.keys.map { membership.node($0.ed25519.publicKey)?.swarm.hex ?? "none" })
            \(Self.keys.map { membership.isActive($0.x25519.publicKey) })
            """
    }

    @Test(
        "Nodes that read together see and tell exactly what nodes see and tell that read alone, block after block"
    )
    func sharedAsUnshared() async throws {
        let tables = NodeTableReader()
        for keys in Self.keys {
            let alone = try await course(of: keys, tables: nil)
            #expect(alone.count > Self.blocks.count, "no events: \(alone)")
            #expect(try await course(of: keys, tables: tables) == alone)
        }
    }
}
