import CSQLite
import SessionProtocol
import Storage
import Synchronization
import Testing

/// Messages stored at the same time share a transaction; nobody can tell but by the time it takes.
@Suite struct GroupCommitTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func run(_ sql: String) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        try #require(sqlite3_open(directory.path(), &handle) == SQLITE_OK)
        try #require(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
    }

    /// What becomes of messages stored all at once, in their order.
    private static func results(
        of messages: [StoredMessage], in store: SQLiteMessageStore
    ) async -> [Result<StoreReceipt, StorageError>] {
        await withTaskGroup(of: (Int, Result<StoreReceipt, StorageError>).self) { group in
            for (index, message) in messages.enumerated() {
                group.addTask {
                    do throws(StorageError) {
                        return (index, .success(try await store.store(message)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [Int: Result<StoreReceipt, StorageError>] = [:]
            for await (index, result) in group { results[index] = result }
            return messages.indices.compactMap { results[$0] }
        }
    }

    @Test("Every message stored at once with others is new once, and there when its caller hears of it")
    func together() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        let other = try SQLiteMessageStore(path: directory.path())
        try await withThrowingTaskGroup(of: StoreReceipt.Outcome.self) { group in
            for number in 0..<400 {
                group.addTask {
                    // Each is offered twice.
                    let sent = message(number / 2, for: number % 3 == 0 ? alice : bob)
                    let outcome = try await store.store(sent).outcome
                    #expect(try await other.message(sent.hash) != nil, "\(number) is acknowledged and not there")
                    return outcome
                }
            }
            var outcomes: [StoreReceipt.Outcome] = []
            for try await outcome in group { outcomes.append(outcome) }
            #expect(outcomes.count { $0 == .new } == 200)
            #expect(outcomes.count { $0 == .exists } == 200)
        }
        #expect(try await store.messages(afterRow: 0, limit: .max).map(\.row) == Array(1...200))
    }

    @Test("One message that cannot be kept fails alone, whatever was stored at the same time")
    func oneFails() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        try run(
            "CREATE TRIGGER t BEFORE INSERT ON messages WHEN new.namespace = 13 BEGIN SELECT RAISE(ABORT, 'no'); END")
        for round in 1...5 {
            let messages = (0..<100).map {
                message($0, in: Namespace($0 == 57 ? 13 : 0), storedAt: Int64(round) * 9_000)
            }
            let results = await Self.results(of: messages, in: store)
            for (index, result) in results.enumerated() {
                switch result {
                case .success(let receipt):
                    #expect(index != 57 && receipt.outcome == .new, "\(index)")
                case .failure(let error):
                    #expect(error == .failed(operation: "store a message", code: 1_811, message: "no"), "\(index)")
                    #expect(index == 57)
                }
            }
            #expect(results.count == 100)
            #expect(try await store.everything().count == 99)
            #expect(try await store.deleteAll(of: alice, in: .all, sentUpTo: nil, at: Int64(round) * 9_000).count == 99)
        }
    }

    @Test("A store that fills up while many are stored keeps exactly those it acknowledged")
    func filling() async throws {
        let store = try SQLiteMessageStore(path: directory.path(), maximumBytes: 600_000)
        let messages = (0..<200).map { message($0, data: Bytes(repeating: 7, count: 5_000)) }
        let results = await Self.results(of: messages, in: store)
        var kept: Set<MessageHash> = []
        for (message, result) in zip(messages, results) {
            switch result {
            case .success: kept.insert(message.hash)
            case .failure(let error): #expect(error == .full)
            }
        }
        #expect(kept.count > 20 && kept.count < 200)
        #expect(Set(try await store.hashes()) == kept)
    }

    @Test("A store closed while many are stored has acknowledged what it kept and refused the rest")
    func closing() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        let messages = (0..<200).map { message($0) }
        async let pending = Self.results(of: messages, in: store)
        await store.close()
        let results = await pending
        let reopened = try SQLiteMessageStore(path: directory.path())
        var kept: Set<MessageHash> = []
        for (message, result) in zip(messages, results) {
            switch result {
            case .success: kept.insert(message.hash)
            case .failure(let error): #expect(error == .closed)
            }
        }
        #expect(Set(try await reopened.hashes()) == kept)
    }

    @Test("A sweep of very many messages lets others in before it is done, and removes them all")
    func sweeping() async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        #expect(try await store.insert((0..<12_000).map { message($0) }).added == 12_000)
        _ = try await store.store(message(12_000, expiry: 2_001))
        async let swept = store.removeExpired(at: 2_000)
        var seen: Set<Int> = []
        while !seen.contains(1) {
            seen.insert(try await store.statistics().messages)
            await Task.yield()
        }
        #expect(try await swept == 12_000)
        #expect(seen.contains { $0 > 1 && $0 < 12_001 }, "\(seen)")
        #expect(try await store.hashes() == [hash(12_000)])
    }

    /// What one owner may ask for of very many messages at once.
    enum LongCall: CaseIterable {
        case delete, deleteAll, expire, shortenAll, expiries, moment

        /// - Parameter other: another store on the same file: it sees what is committed.
        func run(
            on messages: [StoredMessage], in store: SQLiteMessageStore, seenBy other: SQLiteMessageStore
        ) async throws {
            let hashes = messages.map(\.hash)
            switch self {
            case .delete:
                #expect(try await store.delete(hashes, of: alice, at: 90_000) == hashes)
                #expect(try await other.expiries(of: hashes, account: alice).isEmpty)
            case .deleteAll:
                let deleted = try await store.deleteAll(of: alice, in: .all, sentUpTo: nil, at: 90_000)
                #expect(deleted.map(\.hash) == hashes.sorted())
                #expect(try await other.expiries(of: hashes, account: alice).isEmpty)
            case .expire:
                let wanted = hashes.map { (hash: $0, expiry: Int64(95_000)) }
                let receipt = try await store.expire(wanted, of: alice, change: .set, at: 90_000)
                #expect(receipt.updated.count == hashes.count)
                #expect(try await other.expiries(of: hashes, account: alice).values.allSatisfy { $0 == 95_000 })
            case .shortenAll:
                let lowered = try await store.shortenAll(of: alice, in: .all, to: 1_500, at: 90_000)
                #expect(lowered.map(\.hash) == hashes.sorted())
                #expect(try await other.expiries(of: hashes, account: alice).values.allSatisfy { $0 == 1_500 })
            case .expiries:
                #expect(try await store.expiries(of: hashes, account: alice).count == hashes.count)
            case .moment:
                #expect(try await store.changingMoment(of: .mailboxes(.all), account: alice, at: 0) > 1)
                #expect(try await store.changingMoment(of: .messages(hashes), account: alice, at: 0) > 1)
            }
        }
    }

    @Test(
        "What one owner asks for of very many messages lets others in before it is done, and is done to all of them",
        arguments: LongCall.allCases)
    func longCalls(_ call: LongCall) async throws {
        let store = try SQLiteMessageStore(path: directory.path())
        let messages = (0..<12_000).map { message($0) }
        #expect(try await store.insert(messages).added == messages.count)
        let other = try SQLiteMessageStore(path: directory.path())
        let lane = ManualLane()
        let stored = Atomic(0)
        let storedBefore = Atomic(-1)
        let long = lane.begin {
            try await call.run(on: messages, in: store, seenBy: other)
            storedBefore.store(stored.load(ordering: .relaxed), ordering: .relaxed)
        }
        // Somebody else stores one message after another.
        let somebody = lane.begin {
            while storedBefore.load(ordering: .relaxed) < 0 {
                let number = 100_000 + stored.load(ordering: .relaxed)
                let receipt = try await store.store(message(number, for: bob))
                #expect(receipt.outcome == .new)
                stored.add(1, ordering: .relaxed)
            }
        }
        lane.drain()
        try await long.value
        try await somebody.value
        #expect(storedBefore.load(ordering: .relaxed) >= 2)
    }
}
