import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization
import Testing
import TimeLimits

@testable import ServiceNode

/// Tests of peers over HTTPS and the message queue, and what the ledger hears of them (storage-node §9.1).
@Suite(.workLimit(minutes: 1)) struct ReachabilityTestTests {
    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")
    private static let key = Base64.encode(peer.legacy.publicKey.bytes)
    private static let pong = OMQOutcome.reply([Bytes("pong".utf8)])
    private static let table = ledgerTable([ListedNode(TestNode.keys), ListedNode(peer, ip: "127.1.0.2")])

    private static func page(
        _ status: Int = 200, _ headers: [String: String] = ["X-Oxen-Snode-Pubkey": key]
    ) -> Result<HTTPReply, TransportError> {
        .success(HTTPReply(status: status, headers: headers))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var web: Result<HTTPReply, TransportError> = page()
        var queue: OMQOutcome = pong
        var failure: String?
        var testDescription: String { failure ?? "passes" }
    }

    @Test(
        "A test is passed only over both ways and by the right node",
        arguments: [
            Case(), Case(web: page(200, ["x-oxen-snode-pubkey": key])), Case(queue: .reply([])),
            Case(
                web: .failure(.timedOut(address: "a", after: .seconds(5))),
                failure: "HTTPS: a did not answer within 5.0 seconds"),
            Case(web: page(503), failure: "HTTPS: status 503 in place of 200"),
            Case(web: page(200, [:]), failure: "HTTPS: somebody else answers there"),
            Case(
                web: page(200, ["X-Oxen-Snode-Pubkey": Base64.encode(TestNode.keys.legacy.publicKey.bytes)]),
                failure: "HTTPS: somebody else answers there"),
            Case(
                web: page(200, ["X-Oxen-Snode-Pubkey": Base64.encode(peer.ed25519.publicKey.bytes)]),
                failure: "HTTPS: somebody else answers there"),
            Case(
                web: page(200, ["X-Oxen-Snode-Pubkey": peer.legacy.publicKey.hex]),
                failure: "HTTPS: somebody else answers there"),
            Case(queue: .timedOut, failure: "message queue: no answer within 5.0 seconds"),
            Case(queue: .refused("FORBIDDEN_SN"), failure: "message queue: refused with FORBIDDEN_SN"),
            Case(queue: .unreachable("no route"), failure: "message queue: no route"),
            Case(web: page(404), queue: .timedOut, failure: "HTTPS: status 404 in place of 200"),
        ])
    func bothWays(_ sample: Case) async throws {
        let transport = TestTransport(server: { _ in sample.web }, answer: { _ in sample.queue })
        let view = NetworkView(try NodeTable(parsing: Self.table))
        let node = try #require(view.node(Self.peer.legacy.publicKey))
        let failure = await ReachabilityTest(transport: transport, userAgent: "agent").run(on: node)
        #expect(failure == sample.failure)
        #expect(transport.posts.count == 1)
        #expect(transport.requests.count == 1, "the two go out together")
    }

    @Test("The ping that goes out is answered by a node's own interfaces as its own")
    func ownAnswer() async throws {
        let node = try TestNode(keys: Self.peer, table: Self.table)
        let view = NetworkView(try NodeTable(parsing: Self.table))
        let record = try #require(view.node(Self.peer.legacy.publicKey))
        let reply = await node.post("/ping_test/v1", [])
        let transport = TestTransport(server: { _ in .success(reply) }, answer: { _ in Self.pong })
        #expect(await ReachabilityTest(transport: transport, userAgent: "agent").run(on: record) == nil)
        let post = try #require(transport.posts.first)
        #expect(post.url == "https://127.1.0.2:22021/ping_test/v1")
        #expect(post.headers["Host"] == Base32z.encode(Self.peer.ed25519.publicKey.bytes) + ".snode")
        #expect(post.timeout == .seconds(5))
        #expect(!post.verifiesCertificate)
        #expect(post.body.isEmpty)
        let ping = try #require(transport.requests.first)
        #expect(ping.command == "sn.ping")
        #expect(ping.timeout == .seconds(5))
        #expect(ping.peer == record.peer)
    }

    /// A node that tests its only peer, with every interval at its mean.
    private func testing(
        _ condition: Watched<Bool>, table: JSON = table, times: PeerTestingTimes = .standard,
        _ body: (TestNode, PeerTesting) async throws -> Void
    ) async throws {
        let transport = TestTransport(
            server: { _ in Self.page() },
            answer: { request in
                guard request.command == "sn.ping" else { return .reply([Bytes("200".utf8), Bytes("{}".utf8)]) }
                return condition.withLock { $0 } ? Self.pong : .timedOut
            })
        let node = try TestNode(
            table: table, randomness: EvenRandomness(), transport: transport, peerTesting: times)
        let testing = PeerTesting(node: node.state)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await testing.run() }
            try await body(node, testing)
            group.cancelAll()
        }
    }

    private func reports(_ node: TestNode) throws -> [Bool] {
        try node.transport.requests("admin.report_peer_status").map { request in
            #expect(request.peer.role == .ledger)
            let report = try JSON(parsing: try #require(request.parts.first))
            #expect(report["type"] == "storage")
            #expect(try report.text("pubkey") == Self.peer.legacy.publicKey.hex)
            return report["passed"] == true
        }
    }

    @Test("Every finished test is reported; events tell changes alone; a failing node is tested on its own times")
    func course() async throws {
        let isUp = Watched(true)
        try await testing(isUp) { node, testing in
            var reported = 0
            /// Goes to this second, where a test ends.
            func test(at second: Int) async {
                await node.clock.untilSomeoneSleeps(until: .seconds(second))
                node.clock.advance(by: .seconds(second) - node.clock.uptime)
                reported += 1
                await node.transport.untilRequested("admin.report_peer_status", count: reported)
            }
            await node.clock.untilSomeoneSleeps(until: .seconds(10))
            node.clock.advance(by: .seconds(10))
            await test(at: 20)
            await test(at: 30)
            isUp.withLock { $0 = false }
            await test(at: 40)
            // Due at 50, then 20 s and 30 s later; general tests find nobody else.
            await test(at: 50)
            #expect(node.events.all(.peerTestFailed).count == 1)
            for second in [60, 70] {
                await node.clock.untilSomeoneSleeps(until: .seconds(second))
                if second == 60 { node.clock.advance(by: .seconds(10)) }
            }
            await test(at: 70)
            isUp.withLock { $0 = true }
            for second in [80, 90] {
                await node.clock.untilSomeoneSleeps(until: .seconds(second))
                node.clock.advance(by: .seconds(10))
            }
            await test(at: 100)
            let heard = try reports(node)
            #expect(heard == [true, true, false, false, false, true])
            let peer = JSON.string(Self.peer.legacy.publicKey.hex)
            let reason: JSON = "message queue: no answer within 5.0 seconds"
            #expect(
                node.events.all(.peerTestFailed) == [
                    Event(.peerTestFailed, from: "sn1", ["peer": peer, "reason": reason])
                ])
            #expect(node.events.all(.peerTestPassed) == [Event(.peerTestPassed, from: "sn1", ["peer": peer])])
            #expect(testing.statistics.passed == 3)
            #expect(testing.statistics.failed == 3)
        }
    }

    @Test(
        "A node that is not active tests nobody, and begins an interval after it became active",
        arguments: [
            ledgerTable([ListedNode(peer)]),
            ledgerTable([ListedNode(TestNode.keys, swarm: ListedNode.decommissioned), ListedNode(peer)]),
        ])
    func notActive(table: JSON) async throws {
        try await testing(Watched(true), table: table) { node, _ in
            for round in 1...6 {
                await node.clock.untilSomeoneSleeps(until: .seconds(10 * round))
                node.clock.advance(by: .seconds(10))
            }
            await node.clock.untilSomeoneSleeps(until: .seconds(70))
            #expect(node.transport.posts.isEmpty)
            #expect(node.transport.requests.isEmpty)
            try node.follow(ledgerTable([ListedNode(TestNode.keys), ListedNode(Self.peer)], height: 2, block: "b2"))
            node.clock.advance(by: .seconds(10))
            await node.clock.untilSomeoneSleeps(until: .seconds(80))
            #expect(node.transport.posts.isEmpty)
            node.clock.advance(by: .seconds(10))
            await node.transport.untilRequested("admin.report_peer_status", count: 1)
            #expect(try reports(node) == [true])
        }
    }

    @Test("Times with fractions are rounded up for clocks that know none, which would wake too early for ever")
    func fractions() async throws {
        try await testing(Watched(true), times: PeerTestingTimes(timeScale: 7)) { node, _ in
            await node.clock.untilSomeoneSleeps(until: .microseconds(1_428_572))
            node.clock.advance(by: .microseconds(1_428_571))
            #expect(node.clock.uptime < .seconds(10) / 7)
            node.clock.advance(by: .microseconds(1))
            await node.clock.untilSomeoneSleeps(dueBy: .microseconds(2_857_144))
            node.clock.advance(by: .seconds(2))
            await node.transport.untilRequested("admin.report_peer_status", count: 1)
        }
    }

    @Test("A node whose tests are switched off ends its testing at once")
    func off() async throws {
        let node = try TestNode(table: Self.table, peerTesting: .off)
        try await PeerTesting(node: node.state).run()
        #expect(node.transport.requests.isEmpty)
    }
}
