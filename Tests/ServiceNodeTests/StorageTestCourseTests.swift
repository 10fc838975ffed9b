import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Synchronization
import Testing
import TimeLimits

@testable import ServiceNode

/// Storage tests from end to end: one node asks, another answers, the ledger hears of it (storage-node §9.2).
@Suite(.workLimit(minutes: 1)) struct StorageTestCourseTests {
    private static let pair = [NodeKeys(networkSeed: 7, name: "sn1"), NodeKeys(networkSeed: 7, name: "sn2")]
        .sorted { $0.legacy.publicKey < $1.legacy.publicKey }
    /// Of two, the first tests the second.
    private static let ours = "cabdbdfa02c612a9652e5e4965db9180b25e68ffcdb4deb4b278992a3967c67f"
    private static let theirs = "b280d41aeb995be37ebe7594ca13036fefa9d29b194015a137077017bbe0e947"
    /// General tests are due at 200 s, 300 s, and so on; a first retest 100 s after a failure.
    private static let times: PeerTestingTimes = {
        var times = PeerTestingTimes.standard
        times.mean = .seconds(100)
        times.deviation = .zero
        return times
    }()

    private let tester: TestNode
    private let testee: TestNode
    /// What the testee answers in place of its own answer.
    private let answer = Watched<OMQOutcome?>(nil)
    private let peer = pair[1].legacy.publicKey

    /// At height 100, of which the ledger tells the blocks before. The tester is active for the whole test.
    init() throws {
        func table() -> JSON { ledgerTable(Self.pair.map { ListedNode($0) }, height: 100, block: Self.theirs) }
        let testee = try TestNode(keys: Self.pair[1], table: table(), peerTesting: .off)
        for height in 94...99 as ClosedRange<UInt64> { testee.membership.fill(height, Self.ours) }
        let legacy = Base64.encode(peer.bytes)
        let transport = TestTransport(
            server: { _ in .success(HTTPReply(status: 200, headers: ["X-Oxen-Snode-Pubkey": legacy])) },
            answer: { [answer] request in
                switch request.command {
                case "rpc.get_block_hash": return .reply([Bytes("200".utf8), Bytes("\"\(Self.ours)\"".utf8)])
                case "sn.ping": return .reply([Bytes("pong".utf8)])
                case "sn.storage_test":
                    if let answer = answer.withLock({ $0 }) { return answer }
                    do {
                        let frames = try await testee.frames(
                            request.command, request.parts, from: Self.pair[0].x25519.publicKey)
                        return frames.map { .reply($0) } ?? .timedOut
                    } catch {
                        return .unreachable("\(error)")
                    }
                default: return .reply([Bytes("200".utf8), Bytes(#"{"status":"OK"}"#.utf8)])
                }
            })
        self.testee = testee
        tester = try TestNode(
            keys: Self.pair[0], table: table(), randomness: SeededRandomness(seed: 4), transport: transport,
            peerTesting: Self.times)
    }

    private func message(_ number: Int, expiry: Int64 = .max, in namespace: Namespace = .inbox) throws -> StoredMessage
    {
        let account = try TestAccount().session
        let data = Bytes("message \(number)".utf8)
        return StoredMessage(
            account: account, namespace: namespace,
            hash: MessageHash(account: account, namespace: namespace, data: data), timestamp: TestClock.epoch,
            expiry: expiry, data: data)
    }

    /// Runs the tester's tests, with the blocks before the first one known.
    private func testing(_ body: (PeerTesting) async throws -> Void) async throws {
        let testing = PeerTesting(node: tester.state)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await testing.run() }
            await tester.transport.untilRequested("rpc.get_block_hash", count: 6)
            try await body(testing)
            group.cancelAll()
        }
    }

    /// Both see a block at this height; four below it is one where the tester tests.
    private func block(_ height: Int) throws {
        for node in [testee, tester] {
            try node.follow(
                ledgerTable(Self.pair.map { ListedNode($0) }, height: height, block: Self.ours))
        }
    }

    private var asked: [TestTransport.Request] { tester.transport.requests("sn.storage_test") }

    private func passes() throws -> [Bool] {
        try tester.transport.requests("admin.report_peer_status").map { request in
            let report = try JSON(parsing: try #require(request.parts.first))
            return report["passed"] == true
        }
    }

    @Test("The six blocks before the first are asked for, lowest first, in the daemon's older form")
    func preload() async throws {
        try await testing { _ in
            let bodies = tester.transport.requests("rpc.get_block_hash")
                .map { String(decoding: $0.parts[0], as: UTF8.self) }
            #expect(bodies == (94...99).map { #"{"height":[\#($0)]}"# })
        }
    }

    /// Two minutes after the start, when the two are settled and the tester has begun to test.
    private func settle() async throws {
        await tester.clock.untilSomeoneSleeps(until: .seconds(100))
        tester.clock.advance(by: .seconds(100))
        await tester.clock.untilSomeoneSleeps(until: .seconds(200))
        tester.clock.advance(by: .seconds(20))
    }

    /// From 120 s on to the retest at 220 s; in between a general test is due that finds nobody.
    private func goToRetest() async {
        tester.clock.advance(by: .seconds(80))
        await tester.clock.untilSomeoneSleeps(until: .seconds(220))
        tester.clock.advance(by: .seconds(20))
    }

    /// The testee gives up looking for the message it was asked for first.
    private func testeeGivesUp() async {
        await testee.clock.untilSomeoneSleeps(until: .milliseconds(50))
        testee.clock.advance(by: .seconds(55))
    }

    @Test("Nobody is asked before two minutes in one swarm; then by the block four below, with a minute to answer")
    func firstTest() async throws {
        let message = try message(1)
        for node in [tester, testee] { _ = try await node.store.store(message) }
        // Already the first table's block, 100, names this node the tester.
        tester.membership.fill(96, Self.ours)
        try await testing { _ in
            try await settle()
            try block(101)
            await tester.transport.untilRequested("sn.storage_test", count: 1)
            let request = try #require(asked.first)
            #expect(request.parts == [Bytes("97".utf8), try #require(Base64.decode(message.hash.text))])
            #expect(request.timeout == .seconds(60))
            #expect(request.peer.publicKey == Self.pair[1].x25519.publicKey)
        }
    }

    @Test("A node that lost its messages fails, and passes again with another one after the retest's delay")
    func lossAndReturn() async throws {
        let messages = [try message(1), try message(2)]
        for message in messages { _ = try await tester.store.store(message) }
        try await testing { testing in
            try await settle()
            try block(101)
            await testeeGivesUp()
            await tester.transport.untilRequested("admin.report_peer_status", count: 1)
            #expect(try passes() == [false])
            let peer = JSON.string(peer.hex)
            #expect(
                tester.events.all(.storageTested)
                    == [Event(.storageTested, from: "sn1", ["peer": peer, "height": 97, "result": "OTHER"])])
            #expect(
                tester.events.all(.peerTestFailed) == [
                    Event(
                        .peerTestFailed, from: "sn1",
                        ["peer": peer, "reason": "storage: it does not give back a message of its swarm"])
                ])
            let first = try #require(asked.first?.parts[1])
            let other = try #require(messages.first { Base64.decode($0.hash.text) != first })
            _ = try await testee.store.store(other)
            #expect(tester.transport.posts.isEmpty)
            await goToRetest()
            await tester.transport.untilRequested("admin.report_peer_status", count: 2)
            #expect(try passes() == [false, true])
            #expect(tester.transport.posts.count == 1, "the retest is one of reachability as well")
            #expect(asked.last?.parts == [Bytes("97".utf8), try #require(Base64.decode(other.hash.text))])
            #expect(tester.events.all(.storageTested).last?.fields["result"] == "OK")
            #expect(tester.events.all(.peerTestPassed) == [Event(.peerTestPassed, from: "sn1", ["peer": peer])])
            #expect(testing.statistics.storage == [.other: 1, .ok: 1])
        }
    }

    @Test("A node that the tester itself still owes messages fails nothing by lacking one")
    func lackingWhatIsOwed() async throws {
        let receipt = try await tester.store.store(try message(1))
        answer.withLock { $0 = .reply([Bytes("other".utf8)]) }
        let record = try #require(tester.membership.current?.peers.first)
        try await testing { testing in
            try await settle()
            tester.state.transfers.missed(row: receipt.row, by: record)
            try block(101)
            await tester.events.until(.storageTested)
            // The general test at 200 s finds the peer as well as ever.
            tester.clock.advance(by: .seconds(80))
            await tester.transport.untilRequested("admin.report_peer_status", count: 1)
            #expect(try passes().first == true)
            #expect(tester.events.all(.peerTestFailed).isEmpty)
            #expect(testing.statistics.storage == [.other: 1])
        }
    }

    @Test("A node that still lacks its messages fails its retest too, however well it is reached")
    func lastingLoss() async throws {
        _ = try await tester.store.store(try message(1))
        answer.withLock { $0 = .reply([Bytes("other".utf8)]) }
        try await testing { testing in
            try await settle()
            try block(101)
            await tester.transport.untilRequested("admin.report_peer_status", count: 1)
            await goToRetest()
            await tester.transport.untilRequested("admin.report_peer_status", count: 2)
            #expect(try passes() == [false, false])
            #expect(asked.count == 2)
            #expect(tester.events.all(.peerTestFailed).count == 1)
            #expect(testing.statistics.failed == 2)
        }
    }

    @Test("A node that left the swarm owes it no message: its retest is one of reachability alone")
    func lossAndLeave() async throws {
        _ = try await tester.store.store(try message(1))
        answer.withLock { $0 = .reply([Bytes("other".utf8)]) }
        try await testing { _ in
            try await settle()
            try block(101)
            await tester.transport.untilRequested("admin.report_peer_status", count: 1)
            try tester.follow(
                ledgerTable(
                    [ListedNode(Self.pair[0]), ListedNode(Self.pair[1], swarm: ListedNode.decommissioned)], height: 102,
                    block: Self.ours))
            await goToRetest()
            await tester.transport.untilRequested("admin.report_peer_status", count: 2)
            #expect(try passes() == [false, true])
            #expect(asked.count == 1)
        }
    }

    @Test(
        "Only an answer that proves a loss fails the peer; anything but OK is told, and so is the first OK after it",
        arguments: [
            (.reply([Bytes("OK".utf8), Bytes("something else".utf8)]), "MISMATCH", true),
            (.reply([Bytes("OK".utf8), []]), "MISMATCH", true), (.reply([Bytes("other".utf8)]), "OTHER", true),
            (.reply([Bytes("wrong request".utf8)]), "REJECTED", false),
            (.reply([Bytes("invalid msg hash".utf8)]), "OTHER", false), (.reply([Bytes("OK".utf8)]), "OTHER", false),
            (.reply([]), "OTHER", false), (.timedOut, "OTHER", false), (.unreachable("no route"), "OTHER", false),
            (.refused("FORBIDDEN_SN"), "OTHER", false),
        ] as [(OMQOutcome, String, Bool)])
    func results(outcome: OMQOutcome, result: String, isFailure: Bool) async throws {
        let message = try message(1)
        for node in [tester, testee] { _ = try await node.store.store(message) }
        answer.withLock { $0 = outcome }
        try await testing { _ in
            try await settle()
            try block(101)
            await tester.events.until(.storageTested)
            answer.withLock { $0 = nil }
            if isFailure { await tester.events.until(.peerTestFailed) }
            // The next result shows that all of the first was acted on.
            if isFailure { await goToRetest() } else { try block(102) }
            await tester.events.until(.storageTested, count: 2)
            #expect(tester.events.all(.storageTested).map { $0.fields["result"] } == [.string(result), "OK"])
            #expect(tester.events.all(.peerTestFailed).count == (isFailure ? 1 : 0))
        }
    }

    @Test("OK after OK is counted and not told")
    func quiet() async throws {
        let message = try message(1)
        for node in [tester, testee] { _ = try await node.store.store(message) }
        try await testing { testing in
            try await settle()
            for height in 101...102 {
                try block(height)
                await tester.transport.untilRequested("sn.storage_test", count: height - 100)
                await statistics(of: testing, reach: height - 100)
            }
            #expect(tester.events.all(.storageTested).isEmpty)
            answer.withLock { $0 = .reply([Bytes("wrong request".utf8)]) }
            try block(103)
            await tester.events.until(.storageTested)
            #expect(tester.events.all(.storageTested).count == 1)
            #expect(testing.statistics.storage == [.ok: 2, .rejected: 1])
        }
    }

    /// Lets the tests go on until this many storage tests are counted.
    private func statistics(of testing: PeerTesting, reach count: Int) async {
        while testing.statistics.storage.values.reduce(0, +) < count, !Task.isCancelled { await Task.yield() }
    }

    @Test("Who lacks a message that expired or was removed here in the meantime has lost nothing")
    func removedMeanwhile() async throws {
        let expiry = TestClock.epoch + 1_000_000
        _ = try await tester.store.store(try message(1, expiry: expiry))
        try await testing { _ in
            try await settle()
            try block(101)
            await tester.transport.untilRequested("sn.storage_test", count: 1)
            #expect(try await tester.store.removeExpired(at: expiry) == 1)
            let kept = try message(2)
            for node in [tester, testee] { _ = try await node.store.store(kept) }
            await testeeGivesUp()
            await tester.events.until(.storageTested)
            try block(102)
            await tester.events.until(.storageTested, count: 2)
            #expect(tester.events.all(.storageTested).map { $0.fields["result"] } == ["OTHER", "OK"])
            #expect(tester.events.all(.peerTestFailed).isEmpty)
        }
    }
}
