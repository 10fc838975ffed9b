import SessionProtocol
import Storage
import Testing

@Suite struct ReceiptTests {
    @Test("A stored message comes back with every field as it was", arguments: StoreKind.allCases, [0, 1, 76_800])
    func fields(_ kind: StoreKind, length: Int) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        let data = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let sent = message(1, for: aliceGroup, in: Namespace(-32_768), expiry: .max, data: data)
        #expect(try await store.store(sent) == StoreReceipt(outcome: .new, expiry: .max, row: 1))
        let page = try await store.retrieve(aliceGroup, Namespace(-32_768), after: nil, limits: RetrieveLimits())
        #expect(page == MessagePage(messages: [sent], more: false))
        #expect(try await store.everything() == [sent])
    }

    @Test(
        "Storing a known hash again raises its expiry or changes nothing, and never its time or data",
        arguments: StoreKind.allCases,
        [
            (Int64(2_001), StoreReceipt(outcome: .extended, expiry: 2_001, row: 1)),
            (Int64(2_000), StoreReceipt(outcome: .exists, expiry: 2_000, row: 1)),
            (Int64(1_999), StoreReceipt(outcome: .exists, expiry: 2_000, row: 1)),
        ])
    func again(_ kind: StoreKind, second: (expiry: Int64, receipt: StoreReceipt)) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        _ = try await store.store(message(1))
        let again = StoredMessage(
            account: alice, namespace: .inbox, hash: hash(1), timestamp: 9_999, expiry: second.expiry, data: [9])
        #expect(try await store.store(again) == second.receipt)
        #expect(try await store.everything() == [message(1, expiry: second.receipt.expiry)])
    }

    @Test("A hash is kept once over all accounts and namespaces", arguments: StoreKind.allCases)
    func unique(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        _ = try await store.store(message(1))
        for second in [message(1, for: bob), message(1, in: Namespace(12))] {
            #expect(try await store.store(second).outcome == .exists)
        }
        #expect(try await store.everything() == [message(1)])
    }

    @Test("An outbox keeps only its newest message and touches no other mailbox", arguments: StoreKind.allCases)
    func outboxes(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        _ = try await store.store(message(1, in: outbox))
        #expect(try await store.store(message(2, in: outbox)) == StoreReceipt(outcome: .new, expiry: 2_000, row: 2))
        #expect(try await store.everything() == [message(2, in: outbox)])
        let others = [
            message(3, for: bob, in: outbox), message(4, in: Namespace(-21)), message(5),
            message(6, in: Namespace(-11)),
            message(7, in: Namespace(-11)), message(8, for: aliceGroup, in: outbox),
        ]
        for other in others { _ = try await store.store(other) }
        _ = try await store.store(message(9, in: outbox))
        #expect(try await store.everything() == others + [message(9, in: outbox)])
        let again = message(9, in: outbox, expiry: 5_000)
        #expect(try await store.store(again) == StoreReceipt(outcome: .extended, expiry: 5_000, row: 9))
        #expect(try await store.everything() == others + [again])
    }

    @Test("A hash known from elsewhere still empties the outbox it is stored to", arguments: StoreKind.allCases)
    func outboxWithKnownHash(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        _ = try await store.store(message(1, in: outbox))
        _ = try await store.store(message(2, for: bob))
        #expect(try await store.store(message(2, in: outbox)).outcome == .exists)
        #expect(try await store.everything() == [message(2, for: bob)])
    }
}
