import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Synchronization
import Testing
import TimeLimits

@testable import ServiceNode

/// How a node follows its ledger (storage-node §10).
@Suite(.workLimit(minutes: 1)) struct LedgerLinkTests {
    /// A ledger that plays the replies it is given, the last one for ever.
    private final class Script: Sendable {
        private let replies: Mutex<[String: [OMQOutcome]]>

        init(
            _ tables: [OMQOutcome], subscribing: [OMQOutcome] = [LedgerLinkTests.isNew],
            pinging: [OMQOutcome] = [LedgerLinkTests.pong]
        ) {
            replies = Mutex([
                "rpc.get_service_nodes": tables, "sub.block": subscribing,
                "admin.storage_server_ping": pinging,
            ])
        }

        func next(_ command: String) -> OMQOutcome {
            replies.withLock { replies in
                guard let reply = replies[command]?.first else { return .refused("UNKNOWNCOMMAND") }
                if replies[command, default: []].count > 1 { replies[command]?.removeFirst() }
                return reply
            }
        }
    }

    private let keys = TestNode.keys
    private let clock = TestClock()
    private let events = TestEventLog()
    private let membership = CurrentMembership()

    private static let isNew = OMQOutcome.reply([Bytes("OK".utf8)])
    private static let renewed = OMQOutcome.reply([Bytes("ALREADY".utf8)])
    private static let pong = OMQOutcome.reply([Bytes("200".utf8), Bytes(#"{"status":"OK"}"#.utf8)])

    private static func table(_ json: JSON) -> OMQOutcome { .reply([Bytes("200".utf8), json.utf8]) }

    private static func listed(block: String = "b1", height: Int = 1, swarm: UInt64 = 0x10) -> JSON {
        ledgerTable([ListedNode(TestNode.keys, swarm: swarm)], height: height, block: block)
    }

    /// Runs the link against a script while `body` watches.
    private func following(
        _ script: Script, _ body: (LedgerLink, TestTransport) async throws -> Void
    ) async throws {
        let transport = TestTransport(answer: { script.next($0.command) })
        let environment = NodeEnvironment(
            clock: clock, transport: transport, randomness: SeededRandomness(seed: 1),
            store: FailingStore(error: .closed), events: events)
        let peers = PeerLinks(name: "sn1", environment: environment)
        let link = LedgerLink(
            configuration: NodeConfiguration(
                name: "sn1", keys: keys,
                ledger: OMQPeer(address: .loopback, port: 1, publicKey: TestNode.stranger, role: .ledger)),
            environment: environment, membership: membership,
            peers: peers,
            transfers: Transfers(name: "sn1", environment: environment, membership: membership, peers: peers))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await link.run(ports: TestTransport.ports) }
            try await body(link, transport)
            group.cancelAll()
        }
    }

    private func announce(_ link: LedgerLink) async {
        let caller = OMQCaller(
            publicKey: TestNode.stranger, address: nil, connection: OMQConnection(route: [1]))
        let reply = await link.notifyBlock.run(
            OMQCall(command: "notify.block", parts: [Bytes("7".utf8)], caller: caller))
        #expect(reply == nil)
    }

    @Test("A node subscribes, pings, and then reads the table, with literally these parameters")
    func start() async throws {
        try await following(Script([Self.table(Self.listed())])) { link, transport in
            await events.until(.swarmEntered)
            let requests = transport.requests
            #expect(requests.map(\.command) == ["sub.block", "admin.storage_server_ping", "rpc.get_service_nodes"])
            #expect(requests.allSatisfy { $0.peer.role == .ledger && $0.timeout == .seconds(15) })
            #expect(requests[0].parts.isEmpty)
            let parameters = requests[1...].map { $0.parts.map { String(decoding: $0, as: UTF8.self) } }
            #expect(
                parameters == [
                    [
                        #"{"https_port":22021,"omq_port":22020,"pubkey_ed25519":"\#(keys.ed25519.publicKey.hex)","#
                            + #""version":[2,8,0]}"#
                    ],
                    [
                        #"{"active_only":false,"fields":{"block_hash":true,"funded":true,"hardfork":true,"#
                            + #""height":true,"pubkey_ed25519":true,"pubkey_x25519":true,"public_ip":true,"#
                            + #""service_node_pubkey":true,"snode_revision":true,"storage_lmq_port":true,"#
                            + #""storage_port":true,"storage_server_version":true,"swarm_id":true}}"#
                    ],
                ])
            #expect(link.notifyBlock.access == .admin)
        }
    }

    @Test("The table of a new block is read at once and told once; the known block is named in the request")
    func newBlock() async throws {
        let script = Script([
            Self.table(Self.listed()), Self.table(Self.listed(block: "b2", height: 2, swarm: 0x20)),
        ])
        try await following(script) { link, transport in
            await events.until(.swarmEntered)
            await announce(link)
            await events.until(.swarmEntered, count: 2)
            #expect(membership.current?.ownSwarm == SwarmID(0x20))
            #expect(membership.current?.height == 2)
            let request = try JSON(parsing: try #require(transport.requests.last?.parts.first))
            #expect(request["poll_block_hash"] == "b1")
            let legacy = JSON.string(keys.legacy.publicKey.hex)
            #expect(
                events.all(.swarmEntered) == [
                    Event(
                        .swarmEntered, from: "sn1", ["swarm": "10", "members": [legacy], "height": 1, "reachable": 1]),
                    Event(
                        .swarmEntered, from: "sn1", ["swarm": "20", "members": [legacy], "height": 2, "reachable": 1]),
                ])
        }
    }

    @Test("Another table under a known block hash is invisible, and so is one that says it is unchanged")
    func sameBlock() async throws {
        let unchanged: JSON = ["height": 9, "block_hash": "b9", "hardfork": 19, "unchanged": true]
        let script = Script([
            Self.table(Self.listed()), Self.table(Self.listed(height: 5, swarm: 0x20)), Self.table(unchanged),
        ])
        try await following(script) { link, transport in
            await events.until(.swarmEntered)
            for count in 2...3 {
                await announce(link)
                await transport.untilRequested("rpc.get_service_nodes", count: count)
            }
            await clock.untilSomeoneSleeps(until: .seconds(30))
            await announce(link)
            await transport.untilRequested("rpc.get_service_nodes", count: 4)
            #expect(membership.current?.ownSwarm == SwarmID(0x10))
            #expect(membership.current?.height == 1)
            #expect(events.all(.swarmEntered).count == 1)
        }
    }

    @Test("A block that changes nothing for this node moves its height, without an event")
    func quietBlock() async throws {
        let script = Script([
            Self.table(Self.listed()), Self.table(Self.listed(block: "b2", height: 2)),
            Self.table(ledgerTable([ListedNode(TestNode.keys, swarm: ListedNode.decommissioned)], block: "b3")),
        ])
        try await following(script) { link, transport in
            await events.until(.swarmEntered)
            for count in 2...3 {
                await announce(link)
                await transport.untilRequested("rpc.get_service_nodes", count: count)
            }
            await events.until(.swarmEntered, count: 2)
            #expect(events.all(.swarmEntered).map { $0.fields["swarm"] } == ["10", "ffffffffffffffff"])
            #expect(membership.reasonNotReady == "not in any swarm")
        }
    }

    @Test("A peer whose address becomes known, or that joins the swarm, is worth an event; another swarm's is not")
    func tellingBlocks() async throws {
        let peer = NodeKeys(networkSeed: 7, name: "sn2")
        let other = ListedNode(NodeKeys(networkSeed: 7, name: "sn3"), swarm: 0x99)
        func listed(_ block: String, _ others: [ListedNode]) -> OMQOutcome {
            Self.table(ledgerTable([ListedNode(keys)] + others, block: block))
        }
        let script = Script([
            listed("b1", [ListedNode(peer, ip: "0.0.0.0", swarm: 0x20), other]),
            listed("b2", [ListedNode(peer, swarm: 0x20), other]),
            listed("b3", [other, ListedNode(peer, swarm: 0x20)]),
            listed("b4", [other, ListedNode(peer)]),
        ])
        try await following(script) { link, transport in
            for count in 1...4 {
                await transport.untilRequested("rpc.get_service_nodes", count: count)
                if count < 4 { await announce(link) }
            }
            await events.until(.swarmEntered, count: 3)
            #expect(events.all(.swarmEntered).map { $0.fields["reachable"] } == [2, 3, 3])
            #expect(events.all(.swarmEntered).map { $0.fields["members"]?.asArray?.count } == [1, 1, 2])
        }
    }

    @Test(
        "A reply that cannot be used is asked for again half a second later, and changes nothing",
        arguments: [
            .timedOut, .unreachable("gone"), .refused("FORBIDDEN"), .reply([]), .reply([Bytes("200".utf8)]),
            .reply([Bytes("500".utf8), listed().utf8]), .reply([Bytes("200".utf8), Bytes("{".utf8)]),
            table(["height": 1, "block_hash": "b1", "hardfork": 19, "service_node_states": [["funded": true]]]),
        ] as [OMQOutcome])
    func unusable(reply: OMQOutcome) async throws {
        try await following(Script([reply, Self.table(Self.listed())])) { _, transport in
            await clock.untilSomeoneSleeps(until: .milliseconds(500))
            #expect(membership.current == nil)
            #expect(transport.requests("rpc.get_service_nodes").count == 1)
            clock.advance(by: .milliseconds(500))
            await events.until(.swarmEntered)
            #expect(membership.current?.ownSwarm == SwarmID(0x10))
        }
    }

    @Test(
        "Subscription and ping are renewed every thirty seconds; the table is looked at every five minutes only"
    )
    func renewal() async throws {
        let script = Script([Self.table(Self.listed())], subscribing: [Self.isNew, Self.renewed])
        try await following(script) { _, transport in
            for round in 1...21 {
                await clock.untilSomeoneSleeps(until: .seconds(30 * round))
                let looks = (round + 9) / 10
                await transport.untilRequested("rpc.get_service_nodes", count: looks)
                #expect(transport.requests("rpc.get_service_nodes").count == looks)
                #expect(transport.requests("sub.block").count == round)
                #expect(transport.requests("admin.storage_server_ping").count == round)
                clock.advance(by: .seconds(30))
            }
        }
    }

    @Test(
        "A subscription that the ledger had lost leads to a look at the table, even if the ping after it failed"
    )
    func lostSubscription() async throws {
        let script = Script(
            [Self.table(Self.listed())],
            subscribing: [Self.isNew, Self.renewed, Self.isNew, Self.renewed, Self.isNew, Self.renewed],
            pinging: [Self.pong, Self.pong, Self.pong, Self.pong, .timedOut, Self.pong])
        try await following(script) { _, transport in
            for (round, looks) in [(1, 1), (2, 1), (3, 2), (4, 2)] {
                await clock.untilSomeoneSleeps(until: .seconds(30 * round))
                await transport.untilRequested("rpc.get_service_nodes", count: looks)
                #expect(transport.requests("rpc.get_service_nodes").count == looks)
                clock.advance(by: .seconds(30))
            }
            await clock.untilSomeoneSleeps(until: .milliseconds(120_500))
            #expect(transport.requests("rpc.get_service_nodes").count == 2)
            clock.advance(by: .milliseconds(500))
            await transport.untilRequested("rpc.get_service_nodes", count: 3)
        }
    }

    @Test("A ledger that is not up yet is tried every half second, and its table is not read before")
    func lateLedger() async throws {
        let script = Script(
            [Self.table(Self.listed())],
            subscribing: [.unreachable("refused"), .timedOut, .reply([Bytes("ALREADY".utf8)])])
        try await following(script) { _, transport in
            for round in 1...2 {
                await clock.untilSomeoneSleeps(until: .milliseconds(500 * round))
                #expect(transport.requests("sub.block").count == round)
                #expect(transport.requests("rpc.get_service_nodes").isEmpty)
                clock.advance(by: .milliseconds(500))
            }
            await events.until(.swarmEntered)
            #expect(transport.requests("sub.block").count == 3)
        }
    }
}
