import SessionProtocol
import Storage
import Testing

@Suite struct StoringTests {
    let directory: TemporaryDirectory
    let store: SQLiteMessageStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try SQLiteMessageStore(path: directory.path())
    }

    @Test("A stored message comes back with every field as it was, whatever its data", arguments: [0, 1, 255, 76_800])
    func fieldsSurvive(length: Int) async throws {
        let data = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let sent = message(1, for: aliceGroup, in: Namespace(-32_768), expiry: .max, data: data)
        #expect(try await store.store(sent) == StoreReceipt(outcome: .new, expiry: .max, row: 1))
        let page = try await store.retrieve(aliceGroup, Namespace(-32_768), after: nil, limits: RetrieveLimits())
        #expect(page == MessagePage(messages: [sent], more: false))
        #expect(try await store.everything() == [sent])
    }

    @Test(
        "Storing a known hash again raises its expiry or changes nothing, and never its time or data",
        arguments: [
            (Int64(2_001), StoreReceipt(outcome: .extended, expiry: 2_001, row: 1)),
            (Int64(2_000), StoreReceipt(outcome: .exists, expiry: 2_000, row: 1)),
            (Int64(1_999), StoreReceipt(outcome: .exists, expiry: 2_000, row: 1)),
        ])
    func storingAgain(expiry: Int64, receipt: StoreReceipt) async throws {
        let first = message(1)
        _ = try await store.store(first)
        let again = StoredMessage(
            account: alice, namespace: .inbox, hash: first.hash, timestamp: 9_999, expiry: expiry, data: [9])
        #expect(try await store.store(again) == receipt)
        let kept = StoredMessage(
            account: alice, namespace: .inbox, hash: first.hash, timestamp: first.timestamp, expiry: receipt.expiry,
            data: first.data)
        #expect(try await store.everything() == [kept])
    }

    @Test("A hash is kept once over all accounts and namespaces, as it covers both")
    func hashIsUnique() async throws {
        _ = try await store.store(message(1))
        for second in [message(1, for: bob), message(1, in: Namespace(12))] {
            #expect(try await store.store(second).outcome == .exists)
        }
        #expect(try await store.everything() == [message(1)])
    }

    @Test("Mailboxes differ by key, by type byte and by namespace")
    func mailboxesAreApart() async throws {
        let mailboxes: [(AccountID, Namespace)] = [
            (alice, .inbox), (alice, Namespace(1)), (alice, Namespace(-10)), (bob, .inbox), (aliceGroup, .inbox),
        ]
        for (number, mailbox) in mailboxes.enumerated() {
            _ = try await store.store(message(number, for: mailbox.0, in: mailbox.1))
        }
        for (number, mailbox) in mailboxes.enumerated() {
            #expect(try await store.hashes(mailbox.0, mailbox.1) == [hash(number)])
        }
        #expect(try await store.hashes(bob, Namespace(1)) == [])
    }

    @Test("An outbox keeps only the newest message, also when that was all the account had")
    func outboxReplaces() async throws {
        _ = try await store.store(message(1, in: outbox))
        #expect(try await store.store(message(2, in: outbox)) == StoreReceipt(outcome: .new, expiry: 2_000, row: 2))
        #expect(try await store.everything() == [message(2, in: outbox)])
    }

    @Test("An outbox message replaces nothing of other accounts, other outboxes or ordinary namespaces")
    func outboxReplacesOnlyItsOwn() async throws {
        let others = [
            message(1, for: bob, in: outbox), message(2, in: Namespace(-21)), message(3, in: .inbox),
            message(4, in: Namespace(-11)), message(5, in: Namespace(-11)), message(6, for: aliceGroup, in: outbox),
        ]
        for other in others { _ = try await store.store(other) }
        _ = try await store.store(message(7, in: outbox))
        _ = try await store.store(message(8, in: outbox))
        #expect(try await store.everything() == others + [message(8, in: outbox)])
    }

    @Test("Storing an outbox message again extends it and keeps its time")
    func outboxDuplicate() async throws {
        _ = try await store.store(message(1, in: outbox))
        let again = message(1, in: outbox, expiry: 5_000)
        #expect(try await store.store(again) == StoreReceipt(outcome: .extended, expiry: 5_000, row: 1))
        #expect(try await store.everything() == [again])
    }

    @Test("Expiry removes messages due at or before the moment, says how many, and keeps the rest")
    func expiry() async throws {
        for (number, expiry) in [(1, 99), (2, 100), (3, 101), (4, 100)] {
            _ = try await store.store(message(number, for: number == 4 ? bob : alice, expiry: Int64(expiry)))
        }
        #expect(try await store.removeExpired(at: 100) == 3)
        #expect(try await store.everything() == [message(3, expiry: 101)])
        #expect(try await store.removeExpired(at: 100) == 0)
        // The owner's row went with its last message; a new one must be made.
        #expect(try await store.store(message(4, for: bob, expiry: 200)).outcome == .new)
        #expect(try await store.hashes(bob) == [hash(4)])
    }

    @Test("A message past its expiry is served until it is removed")
    func expiredIsServed() async throws {
        _ = try await store.store(message(1, expiry: -1))
        #expect(try await store.hashes() == [hash(1)])
    }
}
