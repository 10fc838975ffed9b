import SessionProtocol
import Storage
import Testing

/// What nodes that missed something are told, in every store.
@Suite struct ChangesTests {
    private func changed(_ kind: StoreKind) async throws -> any MessageStore {
        let store = try StorePlace(kind).open()
        for number in 1...6 { _ = try await store.store(message(number, for: number == 6 ? bob : alice)) }
        _ = try await store.delete([hash(1)], of: alice, at: 5_000)
        _ = try await store.expire([(hash(2), 8_000)], of: alice, change: .set, at: 5_000)
        try await store.revoke([token(1), token(2)], of: bob, at: 5_000)
        _ = try await store.shortenAll(of: alice, in: .all, to: 1_500, at: 5_001)
        _ = try await store.delete([hash(3)], of: alice, at: 1_003)
        try await store.revoke([token(3)], of: alice, at: 4_000)
        return store
    }

    /// As `changed` leaves them. As the third message's expiry was changed, others may keep it for 30 days.
    private static let expected: [StoredChange] =
        [
            .removal(account: alice, hash: hash(3), at: 1_003, until: 2_592_001_003),
            .revocation(account: alice, token: token(3), at: 4_000, isRevoked: true),
            .removal(account: alice, hash: hash(1), at: 5_000, until: 2_000),
            .revocation(account: bob, token: token(1), at: 5_000, isRevoked: true),
            .revocation(account: bob, token: token(2), at: 5_000, isRevoked: true),
        ]
        + [hash(2), hash(4), hash(5)].sorted().map {
            .expiry(account: alice, hash: $0, expiry: 1_500, changedAt: 5_001)
        }
        + [.standingOrder(account: alice, StandingOrder(.all, .shortening(to: 1_500), at: 5_001))]

    @Test("Changes come by moment, in pages of any size, from any moment on", arguments: StoreKind.allCases)
    func pages(_ kind: StoreKind) async throws {
        let store = try await changed(kind)
        #expect(try await store.changes(since: 0, after: nil, limit: 99) == Self.expected)
        #expect(try await store.changes(since: 5_000, after: nil, limit: 99) == Array(Self.expected[2...]))
        #expect(try await store.changes(since: 5_002, after: nil, limit: 99) == [])
        #expect(try await store.changes(since: 0, after: nil, limit: -1) == [])
        #expect(try await store.changes(since: 5_000, after: Self.expected[0], limit: 1) == [Self.expected[2]])
        for size in 1...4 {
            var listed: [StoredChange] = []
            while true {
                let page = try await store.changes(since: .min, after: listed.last, limit: size)
                listed += page
                if page.count < size { break }
            }
            #expect(listed == Self.expected, "\(size) at a time")
        }
    }

    @Test(
        "A node that takes all changes over is where the first one is, in whatever order", arguments: StoreKind.allCases
    )
    func following(_ kind: StoreKind) async throws {
        for isReversed in [false, true] {
            let first = try await changed(kind)
            let second = try StorePlace(kind).open()
            _ = try await second.insert((1...6).map { message($0, for: $0 == 6 ? bob : alice) })
            let changes = try await first.changes(since: 0, after: nil, limit: 99)
            // The order over all mailboxes does to the messages what the three expiries after it say.
            let news = isReversed ? changes.count - 3 : changes.count
            #expect(try await second.apply(isReversed ? changes.reversed() : changes) == news)
            #expect(try await second.everything() == first.everything())
            #expect(try await second.changes(since: 0, after: nil, limit: 99) == changes)
            #expect(try await second.apply(changes) == 0, "all of it is known")
            #expect(try await second.insert([message(1), message(3)]).added == 0)
            #expect(try await second.isRevoked(token(3), of: alice))
        }
    }

    @Test("Of two expiries the one set later holds, and of one moment the longer one", arguments: StoreKind.allCases)
    func expiries(_ kind: StoreKind) async throws {
        let cases: [(Int64, at: Int64, inForce: Int64)] = [
            (9_000, 5_099, 2_500), (9_000, 5_100, 9_000), (2_400, 5_100, 2_500), (2_500, 5_100, 2_500),
            (2_400, 5_101, 2_400),
        ]
        for (expiry, at, inForce) in cases {
            let store = try StorePlace(kind).open()
            _ = try await store.store(message(1))
            _ = try await store.expire([(hash(1), 2_500)], of: alice, change: .set, at: 5_100)
            let change = StoredChange.expiry(account: alice, hash: hash(1), expiry: expiry, changedAt: at)
            #expect(try await store.apply([change]) == (inForce == 2_500 ? 0 : 1), "\(expiry) at \(at)")
            #expect(try await store.everything() == [message(1, expiry: inForce)])
            let unnamed = StoredChange.expiry(account: nil, hash: hash(2), expiry: 1, changedAt: 9)
            #expect(try await store.apply([unnamed]) == 0, "not here, and nobody knows whose it is")
            let foreign = StoredChange.expiry(account: bob, hash: hash(1), expiry: 1, changedAt: 9_999)
            #expect(try await store.apply([foreign]) == 0, "another's")
        }
    }

    @Test(
        "An expiry that is told before its message comes holds for copies stored before it, also when it is over",
        arguments: StoreKind.allCases)
    func earlyExpiries(_ kind: StoreKind) async throws {
        for sweptAt in [nil, 2_499, 2_500, 9_000] as [Int64?] {
            for (stored, lives) in [(5_000, false), (5_001, true)] as [(Int64, Bool)] {
                let place = try StorePlace(kind)
                var store = try place.open()
                if let sweptAt { _ = try await store.removeExpired(at: sweptAt) }
                let told = StoredChange.expiry(account: alice, hash: hash(1), expiry: 2_500, changedAt: 5_000)
                #expect(try await store.apply([told, told]) == 1)
                try place.kill()
                store = try place.open()
                #expect(try await store.apply([told]) == 0)
                _ = try await store.removeExpired(at: 9_000)
                // Others hear of it from here as well.
                let known = try await store.changes(since: 0, after: nil, limit: 9)
                #expect(known.map(\.moment) == [5_000])
                for isOthers in [true, false] {
                    _ = try await store.insert([
                        message(1, for: isOthers ? bob : alice, expiry: 20_000, storedAt: stored)
                    ])
                    #expect(try await store.hashes(isOthers ? bob : alice) == (isOthers || lives ? [hash(1)] : []))
                    if isOthers { _ = try await store.delete([hash(1)], of: bob, at: 9_000) }
                }
            }
        }
    }

    @Test(
        "A removal takes what was stored before it, of the account it names, and keeps it away",
        arguments: StoreKind.allCases)
    func removals(_ kind: StoreKind) async throws {
        let cases: [(AccountID, at: Int64, removes: Bool)] = [
            (alice, 1_001, true), (alice, 1_000, false), (bob, 5_000, false), (alice, 5_000, true),
        ]
        for (account, at, removes) in cases {
            let store = try StorePlace(kind).open()
            for number in 1...2 { _ = try await store.store(message(number)) }
            let removal = StoredChange.removal(account: account, hash: hash(1), at: at, until: 3_000)
            #expect(try await store.apply([removal, removal]) == (removes ? 1 : 0), "\(account) at \(at)")
            #expect(try await store.insert([message(1)]).added == 0)
            #expect(try await store.hashes() == (removes ? [hash(2)] : [hash(1), hash(2)]))
            #expect(try await store.changes(since: 0, after: nil, limit: 9) == (removes ? [removal] : []))
        }
        let store = try StorePlace(kind).open()
        let unseen = [
            StoredChange.removal(account: alice, hash: hash(1), at: 1_001, until: 3_000),
            .removal(account: alice, hash: hash(1), at: 1_000, until: 9_000),
        ]
        #expect(try await store.apply(unseen) == 1)
        #expect(try await store.insert([message(1)]).added == 0, "deleted before it came")
        _ = try await store.removeExpired(at: 3_000)
        #expect(try await store.insert([message(1)]).added == 1)
        #expect(try await store.messages(afterRow: 0, limit: 9).map(\.row) == [1])
    }

    @Test(
        "Of a revocation and its end the later one holds, and of one moment the revocation",
        arguments: StoreKind.allCases)
    func revocations(_ kind: StoreKind) async throws {
        let cases: [(at: Int64, isRevoked: Bool, after: Bool)] = [
            (99, true, false), (100, false, false), (100, true, true), (101, true, true), (101, false, false),
        ]
        for (at, isRevoked, after) in cases {
            let store = try StorePlace(kind).open()
            try await store.revoke([token(1)], of: alice, at: 50)
            #expect(try await store.unrevoke([token(1)], of: alice, at: 100) == 1)
            let change = StoredChange.revocation(account: alice, token: token(1), at: at, isRevoked: isRevoked)
            #expect(try await store.apply([change]) == (at > 100 || at == 100 && isRevoked ? 1 : 0))
            #expect(try await store.isRevoked(token(1), of: alice) == after, "\(isRevoked) at \(at)")
        }
    }

    @Test("Rows stay used when changes of another node took the last message", arguments: StoreKind.allCases)
    func rows(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        var store = try place.open()
        for number in 1...3 { _ = try await store.store(message(number)) }
        #expect(try await store.apply([.removal(account: alice, hash: hash(3), at: 5_000, until: 9_000)]) == 1)
        _ = try await store.delete([hash(2)], of: alice, at: 5_000)
        await store.close()
        store = try place.open()
        #expect(try await store.store(message(4)).row == 4)
        _ = try await store.deleteAll(of: alice, in: .all, sentUpTo: nil, at: 5_000)
        #expect(try await store.store(message(5, storedAt: 5_001)).row == 5)
    }
}
