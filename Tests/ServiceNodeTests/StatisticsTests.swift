import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// `service.get_stats`: who may ask, and what is told (storage-node §2.2, §12.6).
@Suite(.workLimit(minutes: 1)) struct StatisticsTests {
    private static let admin = NodeKeys(networkSeed: 7, name: "admin").x25519.publicKey
    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")
    private static let table = ledgerTable([ListedNode(TestNode.keys), ListedNode(peer, ip: "127.1.0.2")], height: 12)

    private func node(_ answer: @escaping TestTransport.Answer = { _ in .timedOut }) throws -> TestNode {
        try TestNode(
            table: Self.table,
            transport: TestTransport(server: { _ in .success(HTTPReply(status: 200)) }, answer: answer),
            administrators: [Self.admin])
    }

    private func statistics(of node: TestNode) async throws -> JSON {
        let reply = try #require(try await node.frames("service.get_stats", [], from: Self.admin))
        try #require(reply.count == 1)
        return try JSON(parsing: reply[0])
    }

    @Test("Only administrators may ask; service nodes and strangers are forbidden")
    func access() throws {
        let service = try node().queue.service
        for caller in [TestNode.stranger, Self.peer.x25519.publicKey, TestNode.keys.x25519.publicKey] {
            let decision = OMQDispatch.decide(
                [Bytes("service.get_stats".utf8), [7]], onListener: true, caller: caller, isLedger: false,
                service: service)
            guard case .answer(let frames) = decision else {
                Issue.record("run for \(caller)")
                continue
            }
            #expect(frames == [Bytes("FORBIDDEN".utf8), Bytes("REPLY".utf8), [7]])
        }
    }

    @Test("A node at rest tells its version, its height and noughts")
    func atRest() async throws {
        let statistics = try await statistics(of: try node())
        #expect(statistics["version"] == "2.8.0")
        #expect(statistics["height"] == 12)
        #expect(statistics["target_height"] == 0)
        #expect(statistics["peers"] == [:])
        #expect(statistics["recent_timespan"] == 0)
        for kind in ["store", "retrieve", "onion", "proxy"] {
            #expect(statistics["total_\(kind)_requests"] == 0)
            #expect(statistics["recent_\(kind)_requests"] == 0)
        }
    }

    @Test("Stores, retrieves, onions and server relays are counted each by itself, however they came in")
    func requests() async throws {
        let node = try node()
        let account = try TestAccount()
        _ = try await node.call("store", account.store())
        let copy = try vectors("storage").need("sn_storage_cc").bytes("part1_hex")
        _ = try await node.frames("sn.storage_cc", [Bytes("store".utf8), copy], from: Self.peer.x25519.publicKey)
        _ = try await node.call("retrieve", account.retrieve())
        _ = try await node.call("info", [:])
        _ = await node.post(
            "/storage_rpc/v1", JSON.object(["method": "store", "params": account.store("b")]).utf8)
        let onion = try TestOnion(to: TestNode.keys.x25519.publicKey)
        let inner = JSON.object(["method": "retrieve", "params": account.retrieve()]).utf8
        _ = await node.post("/onion_req/v2", onion.entry(onion.layer(["headers": []], blob: inner)))
        _ = await node.post(
            "/onion_req/v2", onion.entry(onion.layer(["host": "a.b", "target": "/oxen/v4/lsrpc"])))
        _ = await node.post("/onion_req/v2", onion.entry([1]))
        node.clock.advance(by: .seconds(4200))
        _ = try await node.call("retrieve", account.retrieve())
        let statistics = try await statistics(of: node)
        let counted = ["store", "retrieve", "onion", "proxy"].map { kind in
            ["total", "recent"].map { statistics["\($0)_\(kind)_requests"]?.asInteger }
        }
        #expect(counted == [[3, 0], [3, 1], [3, 0], [1, 0]])
        #expect(statistics["recent_timespan"] == 3600)
    }

    @Test("Copies a peer did not answer are its failed requests; an answer of any kind is none")
    func forwarding() async throws {
        for (outcome, failures) in [
            (.timedOut, 1), (.unreachable("gone"), 1), (.refused("FORBIDDEN_SN"), 1),
            (.reply([Bytes("406".utf8), Bytes("late".utf8)]), 0), (.reply([Bytes("de".utf8)]), 0),
        ] as [(OMQOutcome, Int64)] {
            let node = try node { _ in outcome }
            _ = try await node.result("store", TestAccount().store())
            let peers = try await statistics(of: node)["peers"]
            let failed = peers?[Self.peer.legacy.publicKey.hex]?["requests_failed"]?.asInteger
            #expect(failed == (failures == 0 ? nil : failures), "\(outcome)")
        }
    }

    @Test("Pushes that were not taken are counted against whoever did not take them")
    func pushes() async throws {
        let node = try node { $0.parts.first == [1] ? .reply([]) : .reply([Bytes("421".utf8), []]) }
        let record = try #require(node.membership.current?.peers.first)
        _ = await node.state.peers.push([1], to: record)
        #expect(try await statistics(of: node)["peers"] == [:])
        _ = await node.state.peers.push([2], to: record)
        #expect(
            try await statistics(of: node)["peers"]?[record.legacy.hex]
                == ["requests_failed": 0, "pushes_failed": 1, "reachability_failed": 0, "storage_tests": []])
    }

    @Test("Tests of others are told with their results, the last twenty storage tests of each node with their times")
    func tests() async throws {
        let node = try node()
        let peer = Self.peer.legacy.publicKey
        let statistics = node.state.statistics
        for _ in 0..<3 { statistics.tested(passed: true) }
        statistics.tested(passed: false)
        statistics.peers.reachabilityFailed(peer)
        for number in 0..<25 {
            statistics.storageTested(peer, number == 24 ? .mismatch : .ok)
            node.clock.advance(by: .seconds(1))
        }
        let told = try await self.statistics(of: node)
        #expect(told["reachability_tests"] == ["passed": 3, "failed": 1])
        #expect(told["storage_tests"] == ["OK": 24, "MISMATCH": 1, "REJECTED": 0, "OTHER": 0])
        let entry = try #require(told["peers"]?[peer.hex])
        #expect(entry["reachability_failed"] == 1)
        let tests = try entry.list("storage_tests")
        #expect(tests.count == 20)
        #expect(tests.first == ["result": "OK", "timestamp": .integer(TestClock.epoch + 5_000)])
        #expect(tests.last == ["result": "MISMATCH", "timestamp": .integer(TestClock.epoch + 24_000)])
    }

    /// Puts messages into a store: so many for each account, alternating between namespaces 0 and -10.
    private func fill(_ node: TestNode, _ counts: [Int]) async throws {
        for (index, count) in counts.enumerated() {
            let account = try #require(AccountID(Bytes(repeating: UInt8(index), count: 33)))
            for number in 0..<count {
                let namespace = Namespace(number % 2 == 0 ? 0 : -10)
                let data = Bytes("\(number)".utf8)
                _ = try await node.store.store(
                    StoredMessage(
                        account: account, namespace: namespace,
                        hash: MessageHash(account: account, namespace: namespace, data: data),
                        timestamp: TestClock.epoch, expiry: TestClock.epoch + 1_000_000, data: data))
            }
        }
    }

    @Test("What is stored is told with its spread over accounts that have two messages, once there are five of these")
    func store() async throws {
        let figures = ["min", "5th", "25th", "median", "75th", "95th", "max"].map { "account_msg_count_\($0)" }
        let few = try node()
        try await fill(few, [1, 1, 2, 3, 4, 5])
        let told = try await statistics(of: few)
        #expect([told["accounts"], told["total_stored"]] == [4, 16])
        #expect(told["namespace_messages"] == ["-10": 6, "0": 10])
        for figure in figures + ["account_msg_mean"] { #expect(told[figure] == nil, "\(figure)") }
        let enough = try node()
        try await fill(enough, [1, 9, 2, 3, 4, 5])
        let spread = try await statistics(of: enough)
        #expect(figures.map { spread[$0]?.asInteger } == [2, 2, 3, 4, 5, 9, 9])
        #expect(spread["account_msg_mean"] == .number(4.6))
    }

    @Test("The database's room is told in bytes: in use, taken, and the most it may take")
    func room() async throws {
        let told = try await statistics(of: try node())
        let (used, total, most) = (told["db_used"]?.asInteger, told["db_total"]?.asInteger, told["db_max"]?.asInteger)
        let room = try #require(used.flatMap { used in total.flatMap { total in most.map { [0, used, total, $0] } } })
        #expect(room == room.sorted())
        #expect(room[1] > 0)
    }

    @Test("A store that cannot be read is said to be, and everything else is told all the same")
    func brokenStore() async throws {
        let node = try TestNode(
            store: FailingStore(error: .failed(operation: "look", code: 5, message: "no")),
            administrators: [Self.admin])
        let told = try await statistics(of: node)
        #expect(told["database_error"]?.asString?.contains("look") == true)
        #expect(told["accounts"] == nil)
        #expect(told["version"] == "2.8.0")
    }

    @Test("Nodes that are listed no more are forgotten")
    func forgetting() {
        let counters = PeerCounters()
        let (kept, gone) = (Self.peer.legacy.publicKey, TestNode.keys.legacy.publicKey)
        for peer in [kept, gone] { counters.requestFailed(peer) }
        counters.keepOnly { $0 == kept }
        #expect(counters.all == [kept: PeerCounters.Counts(requestsFailed: 1)])
    }
}
