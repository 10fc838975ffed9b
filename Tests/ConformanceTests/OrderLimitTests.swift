import SessionProtocol
import Storage
import Testing

/// How much is remembered of messages that are not here, in every store.
@Suite struct OrderLimitTests {
    private func count(_ store: any MessageStore) async throws -> Int {
        try await store.changes(since: 0, after: nil, limit: .max).count
    }

    private func account(_ number: Int) throws -> AccountID {
        try #require(AccountID([5] + Bytes(repeating: UInt8(number), count: 32)))
    }

    @Test(
        "So much is remembered of an account, twice as much where a member was missed, and more is refused",
        arguments: StoreKind.allCases)
    func perAccount(_ kind: StoreKind) async throws {
        let most = OrderLimits.perAccount
        let hashes = (0..<most + 1).map { hash($0) }
        let store = try StorePlace(kind).open()
        #expect(try await store.delete(hashes, of: alice, at: 5_000).isEmpty)
        #expect(try await count(store) == most / 2)
        let some = Array(hashes.prefix(most))
        try await store.remember(.deletion(some), of: alice, at: 5_000)
        #expect(try await count(store) == most)
        try await store.remember(.deletion(some), of: alice, at: 6_000)
        #expect(try await count(store) == most)
        await #expect(throws: StorageError.full) {
            try await store.remember(.deletion(hashes), of: alice, at: 6_000)
        }
        // Others still have room.
        try await store.remember(.deletion([hashes[most]]), of: bob, at: 6_000)
        // What another node tells beyond that is no news.
        let told = StoredChange.removal(account: alice, hash: hashes[most], at: 6_000, until: 6_000 + 31 * 86_400_000)
        #expect(try await store.apply([told]) == 0)
        _ = try await store.store(message(most, storedAt: 5_500))
        #expect(try await store.apply([told]) == 1, "the message is here")
        // So has what is here.
        _ = try await store.store(message(1, storedAt: 7_000))
        #expect(try await store.delete([hash(1)], of: alice, at: 8_000) == [hash(1)])
        try await store.remember(.deletion([hash(1)]), of: alice, at: 8_000)

        let awaiting = try StorePlace(kind).open()
        let asked = hashes.map { (hash: $0, expiry: Int64(9_000)) }
        _ = try await awaiting.expire(asked, of: alice, change: .set, at: 5_000)
        #expect(try await count(awaiting) == most / 2)
        try await awaiting.remember(.expiries(Array(asked.prefix(most)), .set), of: alice, at: 5_000)
        await #expect(throws: StorageError.full) {
            try await awaiting.remember(.expiries(asked, .set), of: alice, at: 5_000)
        }
        #expect(try await count(awaiting) == most)
    }

    @Test("Of an account so many orders over mailboxes are remembered", arguments: StoreKind.allCases)
    func standing(_ kind: StoreKind) async throws {
        let most = OrderLimits.standingPerAccount
        let store = try StorePlace(kind).open()
        for number in 0..<most + 1 {
            let mailboxes = MailboxSelection.one(Namespace(Int16(number)))
            _ = try await store.deleteAll(of: alice, in: mailboxes, sentUpTo: nil, at: 5_000)
        }
        #expect(try await count(store) == most / 2)
        for number in 0..<most + 1 {
            let request = OwnersRequest.emptying(.one(Namespace(Int16(number))), sentUpTo: nil)
            if number < most {
                try await store.remember(request, of: alice, at: 5_000)
            } else {
                await #expect(throws: StorageError.full) { try await store.remember(request, of: alice, at: 5_000) }
            }
        }
        // One that covers them all needs no more room.
        try await store.remember(.emptying(.all, sentUpTo: nil), of: alice, at: 5_000)
        #expect(try await count(store) == 1)
    }

    @Test("Of all accounts together a node remembers so much, and forgets it in time", arguments: StoreKind.allCases)
    func perNode(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        let accounts = OrderLimits.perNode / OrderLimits.perAccount
        for number in 0..<accounts {
            let hashes = (0..<OrderLimits.perAccount).map { hash(number * OrderLimits.perAccount + $0) }
            try await store.remember(.deletion(hashes), of: try account(number), at: 5_000)
        }
        #expect(try await count(store) == OrderLimits.perNode)
        let next = try account(accounts)
        await #expect(throws: StorageError.full) {
            try await store.remember(.deletion([hash(-1)]), of: next, at: 5_000)
        }
        _ = try await store.delete([hash(-1)], of: next, at: 5_000)
        #expect(try await count(store) == OrderLimits.perNode)
        _ = try await store.removeExpired(at: 5_000 + 31 * 86_400_000)
        #expect(try await count(store) == 0)
        try await store.remember(.deletion([hash(-1)]), of: next, at: 5_000)
        #expect(try await count(store) == 1)
    }

    @Test(
        "A deletion of what is here is remembered for as long as anybody may have it, once a member was missed",
        arguments: StoreKind.allCases)
    func prolonged(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        _ = try await store.store(message(1))
        _ = try await store.delete([hash(1)], of: alice, at: 5_000)
        let end = 5_000 + 30 * 86_400_000 + 70_000 as Int64
        try await store.remember(.deletion([hash(1)]), of: alice, at: 5_000)
        let removal = StoredChange.removal(account: alice, hash: hash(1), at: 5_000, until: end)
        #expect(try await store.changes(since: 0, after: nil, limit: 9) == [removal])
        _ = try await store.removeExpired(at: end - 1)
        #expect(try await store.insert([message(1, expiry: .max)]).added == 0)
        // Whoever remembers it for a shorter time takes that over.
        let other = try StorePlace(kind).open()
        let short = StoredChange.removal(account: alice, hash: hash(1), at: 5_000, until: 6_000)
        #expect(try await other.apply([short, removal, short]) == 2)
        #expect(try await other.changes(since: 0, after: nil, limit: 9) == [removal])
    }
}
