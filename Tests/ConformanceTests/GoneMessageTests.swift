import SessionProtocol
import Storage
import Testing

/// What keeps deleted and expired messages away, and what does not, in every store.
@Suite struct GoneMessageTests {
    private static let month: Int64 = 30 * 86_400_000

    /// The same message with another history: sent, expiring and that expiry set at moments of its own.
    private func copy(_ number: Int, sent: Int64? = nil, expiry: Int64 = 2_000, changed: Int64 = 0) -> StoredMessage {
        let original = message(number)
        return StoredMessage(
            account: original.account, namespace: original.namespace, hash: original.hash,
            timestamp: sent ?? original.timestamp, expiry: expiry, expiryChanged: changed, data: original.data)
    }

    @Test(
        "A copy that comes after the deletion of what it copies stays away; one sent later comes in",
        arguments: StoreKind.allCases)
    func lateCopies(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        _ = try await store.store(message(1))
        _ = try await store.delete([hash(1)], of: alice, at: 5_000)
        for sent in [1_001, 4_999, 5_000] as [Int64] {
            let late = copy(1, sent: sent)
            #expect(try await store.store(late, unlessDeleted: true).outcome == .deleted)
            #expect(try await store.insert([late]) == InsertReceipt(added: 0, firstRow: nil))
        }
        #expect(try await store.everything().isEmpty)
        #expect(try await store.store(copy(1, sent: 5_001), unlessDeleted: true).outcome == .new)
        #expect(try await store.changes(since: 0, after: nil, limit: 9) == [])
    }

    @Test(
        "Whoever stores a deleted message again has it sent after its deletion, whatever his clock says",
        arguments: StoreKind.allCases)
    func storedAgain(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        _ = try await store.store(message(1))
        _ = try await store.delete([hash(1)], of: alice, at: 5_000)
        #expect(try await store.store(message(1)).outcome == .new)
        #expect(try await store.everything() == [copy(1, sent: 5_001)])
        let removal = StoredChange.removal(account: alice, hash: hash(1), at: 5_000, until: 9_000)
        #expect(try await store.apply([removal]) == 0)
    }

    @Test(
        "Of two expiries of a message that is handed over the one set later holds, and goes with it",
        arguments: StoreKind.allCases)
    func handedOver(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        _ = try await store.insert([copy(1, expiry: 1_000, changed: 50)])
        #expect(try await store.message(hash(1)) == copy(1, expiry: 1_000, changed: 50))
        for (expiry, changed, isTaken) in [(9_000, 49, false), (900, 50, false), (1_100, 50, true), (500, 51, true)]
            as [(Int64, Int64, Bool)]
        {
            let before = try await store.message(hash(1))
            let next = copy(1, expiry: expiry, changed: changed)
            _ = try await store.insert([next])
            #expect(try await store.message(hash(1)) == (isTaken ? next : before), "\(expiry) set at \(changed)")
        }
    }

    @Test(
        "Of a message that expired by an expiry that was set, that is remembered for 30 days and told",
        arguments: StoreKind.allCases)
    func lapsed(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        for number in 1...3 { _ = try await store.store(message(number, expiry: 90_000)) }
        _ = try await store.expire([(hash(1), 10_000), (hash(2), 10_000)], of: alice, change: .set, at: 5_000)
        #expect(try await store.removeExpired(at: 10_000) == 2)
        let told = [hash(1), hash(2)].sorted().map { StoredChange.expiry(hash: $0, expiry: 10_000, changedAt: 5_000) }
        for limit in [1, 9] {
            #expect(try await store.changes(since: 0, after: nil, limit: limit) == Array(told.prefix(limit)))
        }
        #expect(try await store.changes(since: 0, after: told[0], limit: 9) == [told[1]])
        // Others still have it, as they did not hear of that; or they heard of something later.
        let older = copy(1, expiry: 90_000)
        #expect(try await store.insert([older, copy(2, expiry: 80_000, changed: 5_001)]).added == 1)
        #expect(try await store.message(hash(1)) == nil)
        #expect(try await store.message(hash(2)) == copy(2, expiry: 80_000, changed: 5_001))
        // Deleted elsewhere before: that holds whatever came of its expiry.
        let removal = StoredChange.removal(account: alice, hash: hash(1), at: 4_000, until: Self.month)
        #expect(try await store.apply([removal]) == 1)
        #expect(try await store.apply([removal]) == 0)
        _ = try await store.removeExpired(at: 5_000 + Self.month)
        #expect(try await store.changes(since: 0, after: nil, limit: 9).count <= 1)
    }
}
