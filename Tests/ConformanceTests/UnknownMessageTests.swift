import SessionProtocol
import Storage
import Testing

/// What owners ask for of messages that are not here, in every store.
@Suite struct UnknownMessageTests {
    /// Nothing is asked for before this.
    private static let asked: Int64 = 5_000
    /// As long as a message may live that was stored before something was asked for.
    private static let lifetime: Int64 = 30 * 86_400_000 + 70_000

    /// What a message is that comes in, in times of its own.
    private func copy(
        _ number: Int = 1, for account: AccountID = alice, in namespace: Namespace = .inbox, stored: Int64 = 1_001,
        expiry: Int64 = 20_000, changed: Int64 = 0
    ) -> StoredMessage {
        let original = message(number, for: account, in: namespace)
        return StoredMessage(
            account: account, namespace: namespace, hash: original.hash, timestamp: original.timestamp,
            expiry: expiry, expiryChanged: changed, storedAt: stored, data: original.data)
    }

    /// How a message comes in.
    enum Way: CaseIterable {
        case stored, handedOver

        func bring(_ message: StoredMessage, to store: any MessageStore) async throws {
            switch self {
            case .stored: _ = try await store.store(message)
            case .handedOver: _ = try await store.insert([message])
            }
        }
    }

    private static let ask: [(String, @Sendable (any MessageStore) async throws -> Void)] = [
        ("delete", { _ = try await $0.delete([hash(1)], of: alice, at: asked) }),
        ("all", { _ = try await $0.deleteAll(of: alice, in: .all, sentUpTo: nil, at: asked) }),
        ("inbox", { _ = try await $0.deleteAll(of: alice, in: .one(.inbox), sentUpTo: nil, at: asked) }),
        ("before", { _ = try await $0.deleteAll(of: alice, in: .all, sentUpTo: 1_001, at: asked) }),
    ]

    @Test(
        "A deletion holds for what was stored before and comes later, of that account, and outlives the process",
        arguments: StoreKind.allCases, Way.allCases)
    func deletions(_ kind: StoreKind, _ way: Way) async throws {
        for (name, ask) in Self.ask {
            let cases: [(StoredMessage, stays: Bool)] = [
                (copy(), false), (copy(stored: 5_000), false), (copy(stored: 5_001), true), (copy(for: bob), true),
                (copy(for: aliceGroup), true), (copy(in: Namespace(7)), name == "inbox"),
                (copy(2), name == "delete" || name == "before"), (copy(expiry: 900_000, changed: 6_000), false),
            ]
            for (comer, stays) in cases {
                let place = try StorePlace(kind)
                let first = try place.open()
                try await ask(first)
                try withExtendedLifetime(first) { try place.kill() }
                let store = try place.open()
                try await way.bring(comer, to: store)
                #expect(try await store.everything().count == (stays ? 1 : 0), "\(name): \(comer)")
                // A message stored later takes the place of its deletion.
                if stays, name == "delete", comer.hash == hash(1), comer.account == alice { continue }
                // Nor is it forgotten while any of them may live.
                _ = try await store.removeExpired(at: Self.asked + Self.lifetime - 1)
                try await way.bring(copy(), to: store)
                #expect(try await store.message(hash(1)) == nil, "\(name): \(comer)")
                _ = try await store.removeExpired(at: Self.asked + Self.lifetime)
                #expect(try await store.changes(since: 0, after: nil, limit: 9).isEmpty)
                try await way.bring(copy(expiry: .max), to: store)
                #expect(try await store.message(hash(1)) != nil)
            }
        }
    }

    @Test(
        "An expiry waits for its message and is set when that comes, unless one was set later",
        arguments: StoreKind.allCases, Way.allCases)
    func expiries(_ kind: StoreKind, _ way: Way) async throws {
        let cases: [(ExpiryChange, Int64, StoredMessage, expiry: Int64, changed: Int64)] = [
            (.set, 9_000, copy(), 9_000, 5_000), (.set, 30_000, copy(), 30_000, 5_000),
            (.set, 20_000, copy(), 20_000, 5_000), (.extend, 9_000, copy(), 20_000, 0),
            (.extend, 30_000, copy(), 30_000, 5_000), (.shorten, 9_000, copy(), 9_000, 5_000),
            (.shorten, 30_000, copy(), 20_000, 0), (.set, 9_000, copy(changed: 5_000), 20_000, 5_000),
            (.set, 30_000, copy(changed: 5_000), 30_000, 5_000), (.set, 9_000, copy(changed: 5_001), 20_000, 5_001),
            (.set, 30_000, copy(stored: 5_001), 30_000, 5_000), (.set, 9_000, copy(for: bob), 20_000, 0),
            // What a client stores after that lives as long as it asks for.
            (.set, 9_000, copy(stored: 4_999), 9_000, 5_000),
            (.set, 9_000, copy(stored: 5_000), 9_000, 5_000), (.set, 9_000, copy(stored: 5_001), 20_000, 5_001),
        ]
        for (change, expiry, comer, inForce, changedAt) in cases {
            let place = try StorePlace(kind)
            let first = try place.open()
            #expect(
                try await first.expire([(hash(1), expiry)], of: alice, change: change, at: Self.asked)
                    == ExpiryReceipt())
            try withExtendedLifetime(first) { try place.kill() }
            let store = try place.open()
            try await way.bring(comer, to: store)
            let held = try #require(try await store.message(hash(1)))
            #expect((held.expiry, held.expiryChanged) == (inForce, changedAt), "\(change) to \(expiry): \(comer)")
            let left = try await store.changes(since: 0, after: nil, limit: 9).filter {
                if case .awaitedExpiry = $0 { true } else { false }
            }
            #expect(left.isEmpty == (comer.account == alice))
        }
    }

    @Test(
        "Several expiries that wait for one message come to what they would have come to, in whatever order they came",
        arguments: StoreKind.allCases)
    func composed(_ kind: StoreKind) async throws {
        let asked: [(ExpiryChange, Int64, at: Int64)] = [
            (.set, 9_000, 5_000), (.extend, 12_000, 5_001), (.shorten, 10_000, 5_002), (.extend, 11_000, 5_003),
        ]
        let present = try StorePlace(kind).open()
        _ = try await present.store(copy())
        for (change, expiry, at) in asked {
            _ = try await present.expire([(hash(1), expiry)], of: alice, change: change, at: at)
        }
        let expected = try await present.message(hash(1))
        #expect(expected?.expiry == 11_000)
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [0, 0, 1, 2, 1, 2, 3, 3]] {
            let store = try StorePlace(kind).open()
            for index in order {
                let (change, expiry, at) = asked[index]
                _ = try await store.expire([(hash(1), expiry)], of: alice, change: change, at: at)
            }
            let told = try await store.changes(since: 0, after: nil, limit: 9)
            _ = try await store.insert([copy()])
            #expect(try await store.message(hash(1)) == expected, "\(order)")
            // And where the message is, once that is told of.
            let other = try StorePlace(kind).open()
            _ = try await other.store(copy())
            #expect(try await other.apply(told) == 1)
            #expect(try await other.apply(told) == 0)
            #expect(try await other.message(hash(1)) == expected)
        }
        let store = try StorePlace(kind).open()
        let listed = [9_000, 7_000, 8_000].map { (hash: hash(1), expiry: Int64($0)) }
        _ = try await store.expire(listed, of: alice, change: .set, at: Self.asked)
        _ = try await store.insert([copy()])
        #expect(try await store.message(hash(1))?.expiry == 8_000, "the last of one call")
    }

    @Test(
        "Shortening mailboxes holds for what comes later and was stored before, and each order for its own time",
        arguments: StoreKind.allCases, Way.allCases)
    func shortening(_ kind: StoreKind, _ way: Way) async throws {
        let cases: [(StoredMessage, expiry: Int64, changed: Int64)] = [
            (copy(), 9_000, 5_000), (copy(stored: 5_000), 9_000, 5_000), (copy(stored: 5_001), 12_000, 6_000),
            (copy(stored: 6_001), 20_000, 0), (copy(in: Namespace(7)), 12_000, 6_000),
            (copy(expiry: 8_000), 8_000, 0), (copy(expiry: 10_000), 9_000, 5_000),
            (copy(expiry: 10_000, changed: 5_001), 10_000, 5_001), (copy(for: bob), 20_000, 0),
        ]
        for (comer, expiry, changed) in cases {
            let place = try StorePlace(kind)
            let first = try place.open()
            _ = try await first.shortenAll(of: alice, in: .one(.inbox), to: 9_000, at: 5_000)
            _ = try await first.shortenAll(of: alice, in: .all, to: 12_000, at: 6_000)
            try withExtendedLifetime(first) { try place.kill() }
            let store = try place.open()
            try await way.bring(comer, to: store)
            let held = try #require(try await store.message(hash(1)))
            #expect((held.expiry, held.expiryChanged) == (expiry, changed), "\(comer)")
        }
    }

    @Test(
        "What has to expire by something asked for before it came does not come in once that time is over",
        arguments: StoreKind.allCases, Way.allCases)
    func expired(_ kind: StoreKind, _ way: Way) async throws {
        for isWhole in [false, true] {
            let store = try StorePlace(kind).open()
            if isWhole {
                _ = try await store.shortenAll(of: alice, in: .all, to: 9_000, at: Self.asked)
            } else {
                _ = try await store.expire([(hash(1), 9_000)], of: alice, change: .shorten, at: Self.asked)
            }
            _ = try await store.removeExpired(at: 8_999)
            try await way.bring(copy(stored: 4_999), to: store)
            #expect(try await store.message(hash(1))?.expiry == 9_000)
            #expect(try await store.removeExpired(at: 9_000) == 1)
            for _ in 0..<2 {
                try await way.bring(copy(), to: store)
                #expect(try await store.hashes().isEmpty)
            }
            try await way.bring(copy(stored: 5_001), to: store)
            #expect(try await store.message(hash(1))?.expiry == 20_000)
        }
    }

    @Test(
        "Nodes that tell each other of all this end up alike, whoever has the messages, and hear nothing new again",
        arguments: StoreKind.allCases)
    func told(_ kind: StoreKind) async throws {
        let asking = try StorePlace(kind).open()
        _ = try await asking.delete([hash(1)], of: alice, at: 5_000)
        _ = try await asking.expire([(hash(2), 9_000)], of: alice, change: .set, at: 5_001)
        _ = try await asking.expire([(hash(3), 9_000)], of: alice, change: .extend, at: 5_001)
        _ = try await asking.deleteAll(of: bob, in: .one(Namespace(7)), sentUpTo: 1_004, at: 5_002)
        _ = try await asking.shortenAll(of: bob, in: .all, to: 15_000, at: 5_003)
        #expect(try await asking.unrevoke([token(1)], of: alice, at: 5_004) == 0)
        let told = try await asking.changes(since: 0, after: nil, limit: 99)
        #expect(told.map(\.moment) == [5_000, 5_001, 5_001, 5_002, 5_003, 5_004])
        for size in 1...3 {
            var listed: [StoredChange] = []
            while true {
                let page = try await asking.changes(since: 0, after: listed.last, limit: size)
                listed += page
                if page.count < size { break }
            }
            #expect(listed == told, "\(size) at a time")
        }
        let messages = [copy(1), copy(2), copy(3), copy(4, for: bob, in: Namespace(7)), copy(5, for: bob)]
        for order in [told, told.reversed()] {
            let having = try StorePlace(kind).open()
            for message in messages { _ = try await having.store(message) }
            try await having.revoke([token(1)], of: alice, at: 4_000)
            #expect(try await having.apply(order) == 5, "the third extends nothing")
            #expect(try await having.apply(order) == 0)
            #expect(try await !having.isRevoked(token(1), of: alice))
            let lacking = try StorePlace(kind).open()
            #expect(try await lacking.apply(order) == told.count)
            #expect(try await lacking.apply(order) == 0)
            _ = try await lacking.insert(messages)
            _ = try await lacking.apply([
                .revocation(account: alice, token: token(1), at: 4_000, isRevoked: true)
            ])
            #expect(try await !lacking.isRevoked(token(1), of: alice))
            for number in 1...5 {
                let held = try await having.message(hash(number))
                #expect(try await lacking.message(hash(number)) == held, "\(number)")
                let expiry: Int64? = [nil, 9_000, 20_000, nil, 15_000][number - 1]
                #expect(held?.expiry == expiry, "\(number)")
            }
        }
    }

    @Test(
        "A name that another account gives to a message deletes and changes nothing, before it comes and after",
        arguments: StoreKind.allCases)
    func foreignNames(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        func deny() async throws {
            _ = try await store.delete([hash(1)], of: bob, at: 5_000)
            _ = try await store.expire([(hash(1), 9_000)], of: bob, change: .set, at: 5_000)
            try await store.remember(.deletion([hash(1)]), of: bob, at: 5_000)
        }
        try await deny()
        _ = try await store.store(copy())
        #expect(try await store.message(hash(1)) == copy())
        try await deny()
        #expect(try await store.message(hash(1)) == copy())
        #expect(try await store.delete([hash(1)], of: alice, at: 6_000) == [hash(1)])
        try await deny()
        #expect(try await store.store(copy()).outcome == .late)
        #expect(try await store.store(copy(stored: 6_001)).outcome == .new)
    }

    @Test(
        "What a client stores counts as later than all that was asked for of it, and what it asks for likewise",
        arguments: StoreKind.allCases)
    func moments(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        _ = try await store.delete([hash(1)], of: alice, at: 5_000)
        _ = try await store.expire([(hash(2), 9_000)], of: alice, change: .set, at: 6_000)
        _ = try await store.deleteAll(of: bob, in: .one(.inbox), sentUpTo: nil, at: 7_000)
        for (number, account, namespace, moment) in [
            (1, alice, Namespace.inbox, 5_001), (2, alice, .inbox, 6_001), (3, alice, .inbox, 9),
            (4, bob, .inbox, 7_001), (4, bob, Namespace(7), 9), (1, bob, Namespace(7), 9),
        ] as [(Int, AccountID, Namespace, Int64)] {
            let found = try await store.storingMoment(of: hash(number), in: namespace, of: account, at: 9)
            #expect(found == moment, "\(number)")
        }
        for (target, account, moment) in [
            (.messages([hash(1)]), alice, 5_001), (.messages([hash(1), hash(2)]), alice, 6_001),
            (.messages([hash(3)]), alice, 9), (.mailboxes(.all), bob, 7_001), (.mailboxes(.all), alice, 9),
        ] as [(ChangeTarget, AccountID, Int64)] {
            #expect(try await store.changingMoment(of: target, account: account, at: 9) == moment, "\(target)")
        }
    }

    @Test("An order that says less than another one takes no room", arguments: StoreKind.allCases)
    func covered(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        func count() async throws -> Int { try await store.changes(since: 0, after: nil, limit: 999).count }
        for day in 0..<200 as Range<Int64> {
            _ = try await store.deleteAll(of: alice, in: .all, sentUpTo: day, at: 5_000 + day)
            _ = try await store.deleteAll(of: alice, in: .one(.inbox), sentUpTo: day, at: 5_000 + day)
            _ = try await store.shortenAll(of: alice, in: .all, to: 5_000 - day, at: 5_000 + day)
        }
        #expect(try await count() == 2)
        _ = try await store.deleteAll(of: alice, in: .one(.inbox), sentUpTo: 300, at: 5_300)
        #expect(try await count() == 3)
        _ = try await store.deleteAll(of: alice, in: .all, sentUpTo: nil, at: 5_300)
        #expect(try await count() == 2)
    }
}
