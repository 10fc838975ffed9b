import SessionProtocol
import Storage
import Testing

/// What owners change about the end of their messages, in every store (storage-node §3.6).
@Suite struct ExpiryChangeTests {
    @Test(
        "Setting always takes the new expiry, extending only a later one, shortening only an earlier one",
        arguments: StoreKind.allCases)
    func single(_ kind: StoreKind) async throws {
        let cases: [(ExpiryChange, Int64, isUpdated: Bool)] = [
            (.set, 1_999, true), (.set, 2_000, true), (.set, 2_001, true), (.extend, 1_999, false),
            (.extend, 2_000, false), (.extend, 2_001, true), (.shorten, 1_999, true), (.shorten, 2_000, false),
            (.shorten, 2_001, false),
        ]
        for (change, expiry, isUpdated) in cases {
            let store = try StorePlace(kind).open()
            for one in [message(1, in: Namespace(7)), message(2, for: bob)] { _ = try await store.store(one) }
            let asked = [hash(1), hash(2), hash(3)].map { (hash: $0, expiry: expiry) }
            let receipt = try await store.expire(asked, of: alice, change: change, at: 5_000)
            let inForce = isUpdated ? expiry : 2_000
            let expected =
                isUpdated
                ? ExpiryReceipt(updated: [hash(1): inForce]) : ExpiryReceipt(unchanged: [hash(1): inForce])
            #expect(receipt == expected, "\(change) \(expiry)")
            #expect(
                try await store.everything()
                    == [message(1, in: Namespace(7), expiry: inForce), message(2, for: bob)])
            let entry = try #require(try await store.entries(after: nil, limit: 9).first { $0.hash == hash(1) })
            #expect(entry.expiryChanged == (isUpdated ? 5_000 : 0), "\(change) \(expiry)")
        }
    }

    @Test(
        "Several expiries in one call each find their message; one named twice ends with the last",
        arguments: StoreKind.allCases)
    func several(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        for number in 1...4 { _ = try await store.store(message(number)) }
        let asked = [(1, 1_500), (2, 2_500), (1, 1_800), (3, 1_700)].map { (hash: hash($0), expiry: Int64($1)) }
        let receipt = try await store.expire(asked, of: alice, change: .shorten, at: 5_000)
        #expect(
            receipt == ExpiryReceipt(updated: [hash(1): 1_500, hash(3): 1_700], unchanged: [hash(2): 2_000]))
        let wanted = try await store.expiries(of: [hash(3), hash(1), hash(9), hash(2)], account: alice)
        #expect(wanted == [hash(1): 1_500, hash(2): 2_000, hash(3): 1_700])
        #expect(try await store.expiries(of: [hash(1)], account: bob) == [:])
        try place.kill()
        let next = try place.open()
        #expect(try await next.removeExpired(at: 1_500) == 1)
        #expect(try await next.removeExpired(at: 1_700) == 1)
        #expect(try await next.hashes() == [hash(2), hash(4)])
    }

    @Test("Shortening all lowers what is strictly later and says which", arguments: StoreKind.allCases)
    func shortening(_ kind: StoreKind) async throws {
        let cases: [(MailboxSelection, expiry: Int64, lowered: [Int])] = [
            (.all, 150, [2, 3, 4]), (.one(.inbox), 150, [2, 3]), (.one(Namespace(7)), 99, [4]),
            (.one(Namespace(8)), 0, []), (.all, 200, [3]), (.all, 300, []), (.all, 0, [1, 2, 3, 4]),
        ]
        for (mailboxes, expiry, lowered) in cases {
            let store = try StorePlace(kind).open()
            let kept = [
                message(1, expiry: 100), message(2, expiry: 200), message(3, expiry: 300),
                message(4, in: Namespace(7), expiry: 200), message(5, for: bob, expiry: 900),
            ]
            for one in kept { _ = try await store.store(one) }
            let names = lowered.map { MessageName(namespace: kept[$0 - 1].namespace, hash: hash($0)) }
            #expect(
                try await store.shortenAll(of: alice, in: mailboxes, to: expiry, at: 5_000) == names.sorted(),
                "\(mailboxes) \(expiry)")
            let expected = kept.enumerated().map { lowered.contains($0 + 1) ? expiry : $1.expiry }
            #expect(try await store.everything().map(\.expiry) == expected)
            #expect(try await store.removeExpired(at: expiry) == expected.count { $0 <= expiry })
        }
    }

    @Test(
        "A shortened message goes at its new time once, also when it was raised before", arguments: StoreKind.allCases)
    func sweptOnce(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        for number in 1...3 { _ = try await store.store(message(number)) }
        for (moment, expiry) in [9_000, 500, 300, 400].enumerated() {
            _ = try await store.expire([(hash(1), Int64(expiry))], of: alice, change: .set, at: 5_000 + Int64(moment))
        }
        #expect(try await store.removeExpired(at: 399) == 0)
        #expect(try await store.hashes() == [hash(1), hash(2), hash(3)])
        #expect(try await store.removeExpired(at: 400) == 1)
        #expect(try await store.removeExpired(at: 1_999) == 0)
        #expect(try await store.removeExpired(at: 2_000) == 2)
    }
}
