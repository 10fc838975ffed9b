import SessionProtocol
import Storage
import Testing

/// What owners delete, in every store (storage-node §3.6).
@Suite struct DeletionTests {
    @Test(
        "Deleting names what was there in the order of the request, in whatever mailbox, and only of the account",
        arguments: StoreKind.allCases)
    func byHash(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        let others = [message(4, for: bob), message(5, for: aliceGroup), message(6)]
        for one in [message(1), message(2, in: Namespace(7)), message(3, in: outbox)] + others {
            _ = try await store.store(one)
        }
        let asked = [3, 9, 1, 4, 3, 5, 2].map(hash)
        #expect(try await store.delete(asked, of: alice, at: 5_000) == [hash(3), hash(1), hash(2)])
        #expect(try await store.everything() == others)
        #expect(try await store.delete(asked, of: alice, at: 5_000) == [])
        #expect(try await store.delete([], of: alice, at: 5_000) == [])
        try place.kill()
        #expect(try await place.open().everything() == others)
    }

    @Test("Deleting all means one mailbox or every one of the account", arguments: StoreKind.allCases)
    func all(_ kind: StoreKind) async throws {
        let cases: [(MailboxSelection, Int64?, deleted: [Int])] = [
            (.all, nil, [1, 2, 3, 4]), (.one(.inbox), nil, [1, 2]), (.one(Namespace(7)), nil, [3, 4]),
            (.one(Namespace(8)), nil, []), (.all, 1_003, [1, 2, 3]), (.all, 1_000, []), (.all, .min, []),
            (.one(.inbox), 1_001, [1]), (.one(Namespace(7)), 1_002, []),
        ]
        for (mailboxes, limit, deleted) in cases {
            let store = try StorePlace(kind).open()
            let kept = [message(1), message(2), message(3, in: Namespace(7)), message(4, in: Namespace(7))]
            for one in kept + [message(5, for: bob), message(0, for: aliceGroup)] { _ = try await store.store(one) }
            let names = try await store.deleteAll(of: alice, in: mailboxes, sentUpTo: limit, at: 5_000)
            let expected = deleted.map { MessageName(namespace: Namespace($0 > 2 ? 7 : 0), hash: hash($0)) }
            #expect(names == expected.sorted(), "\(mailboxes) \(String(describing: limit))")
            let left = kept.enumerated().filter { !deleted.contains($0.offset + 1) }.map(\.element)
            #expect(try await store.everything() == left + [message(5, for: bob), message(0, for: aliceGroup)])
        }
    }

    @Test(
        "What was deleted stays away when nodes hand it over, until its owner stores it", arguments: StoreKind.allCases)
    func handedOverAgain(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        var store = try place.open()
        for number in 1...3 { _ = try await store.store(message(number, expiry: 9_000)) }
        _ = try await store.delete([hash(1), hash(2)], of: alice, at: 5_000)
        await store.close()
        store = try place.open()
        #expect(try await store.insert([message(1), message(4)]) == InsertReceipt(added: 1, firstRow: 4))
        #expect(try await store.store(message(1)).outcome == .late)
        #expect(
            try await store.store(message(1, storedAt: 5_001)) == StoreReceipt(outcome: .new, expiry: 2_000, row: 5))
        _ = try await store.remove(store.entries(after: nil, limit: 99)) { true }
        #expect(try await store.insert([message(1), message(2)]).added == 1, "the second is still deleted")
        #expect(try await store.everything() == [message(1)])

        #expect(try await store.removeExpired(at: 8_999) == 1)
        #expect(try await store.insert([message(2)]).added == 0)
        #expect(try await store.removeExpired(at: 9_000) == 0)
        #expect(try await store.insert([message(2)]).added == 1, "nobody needs to know any more")
    }

    @Test("A message stored after another one of its name was deleted comes in", arguments: StoreKind.allCases)
    func storedLater(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        _ = try await store.store(message(1))
        _ = try await store.delete([hash(1)], of: alice, at: 5_000)
        for (stored, added) in [(Int64(5_000), 0), (5_001, 1)] {
            let later = StoredMessage(
                account: alice, namespace: .inbox, hash: hash(1), timestamp: 1_001, expiry: 9_000,
                storedAt: stored, data: [1])
            #expect(try await store.insert([later]).added == added, "\(stored)")
        }
        let told = StoredChange.expiry(account: alice, hash: hash(1), expiry: 9_000, changedAt: 5_001)
        #expect(try await store.changes(since: 0, after: nil, limit: 9) == [told])
    }

    @Test("Deleting never fails for want of room", arguments: StoreKind.allCases)
    func full(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind, capacity: 400_000).open()
        var hashes: [MessageHash] = []
        await #expect(throws: StorageError.full) {
            for number in 0..<5_000 {
                let next = message(number)
                _ = try await store.store(next)
                hashes.append(next.hash)
            }
        }
        let all = hashes
        #expect(all.count > 500)
        try await store.revoke((0..<50).map { token($0) }, of: alice, at: 1)
        #expect(try await store.delete(Array(all.prefix(400)), of: alice, at: 5_000) == Array(all.prefix(400)))
        #expect(try await store.shortenAll(of: alice, in: .all, to: 1, at: 9_000).count == all.count - 400)
        #expect(try await store.removeExpired(at: 2_000) == all.count - 400)
        #expect(try await store.store(message(9_999)).outcome == .new)
    }
}
