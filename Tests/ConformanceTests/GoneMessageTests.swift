import SessionProtocol
import Storage
import Testing

/// What keeps deleted and expired messages away, and what does not, in every store.
@Suite struct GoneMessageTests {
    private static let month: Int64 = 30 * 86_400_000

    /// The same message with another history: stored, expiring and that expiry set at moments of its own.
    private func copy(
        _ number: Int, stored: Int64? = nil, expiry: Int64 = 2_000, changed: Int64 = 0
    ) -> StoredMessage {
        let original = message(number)
        return StoredMessage(
            account: original.account, namespace: original.namespace, hash: original.hash,
            timestamp: original.timestamp, expiry: expiry, expiryChanged: changed, storedAt: stored,
            data: original.data)
    }

    @Test(
        "A copy that comes after the deletion of what it copies stays away; one stored later comes in with an expiry of its own",
        arguments: StoreKind.allCases)
    func lateCopies(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        _ = try await store.store(message(1))
        _ = try await store.delete([hash(1)], of: alice, at: 5_000)
        for stored in [1_001, 4_999, 5_000] as [Int64] {
            let late = copy(1, stored: stored, expiry: 7_000)
            #expect(try await store.store(late) == StoreReceipt(outcome: .late, expiry: 7_000, row: 0))
            #expect(try await store.insert([late]) == InsertReceipt(added: 0, firstRow: nil))
        }
        #expect(try await store.everything().isEmpty)
        #expect(try await store.store(copy(1, stored: 5_001)) == StoreReceipt(outcome: .new, expiry: 2_000, row: 2))
        #expect(try await store.message(hash(1)) == copy(1, stored: 5_001, changed: 5_001))
        // Whoever missed both and still has the first one hears of it, though the deletion is forgotten.
        let told = StoredChange.expiry(account: alice, hash: hash(1), expiry: 2_000, changedAt: 5_001)
        #expect(try await store.changes(since: 0, after: nil, limit: 9) == [told])
        let removal = StoredChange.removal(account: alice, hash: hash(1), at: 5_000, until: 9_000)
        #expect(try await store.apply([removal]) == 0)
    }

    @Test(
        "A client's message counts as stored after its deletion and each change of its expiry, whatever the clock",
        arguments: StoreKind.allCases)
    func storingMoments(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        var store = try place.open()
        #expect(try await store.storingMoment(of: hash(1), in: .inbox, of: alice, at: -5) == -5)
        for number in 1...4 { _ = try await store.store(message(number, expiry: 90_000)) }
        _ = try await store.delete([hash(1)], of: alice, at: 5_000)
        _ = try await store.expire([(hash(2), 8_000)], of: alice, change: .set, at: 6_000)
        _ = try await store.expire([(hash(3), 7_000)], of: alice, change: .set, at: 6_500)
        _ = try await store.removeExpired(at: 7_000)
        for isReopened in [false, true] {
            if isReopened {
                try place.kill()
                store = try place.open()
            }
            for (number, now, moment) in [
                (1, 0, 5_001), (1, 4_999, 5_001), (1, 5_000, 5_001), (1, 5_001, 5_001), (1, 9_000, 9_000),
                (2, 0, 6_001), (2, 6_000, 6_001), (2, 6_002, 6_002), (3, 0, 6_501), (4, 0, 0), (9, 0, 0),
            ] as [(Int, Int64, Int64)] {
                let found = try await store.storingMoment(of: hash(number), in: .inbox, of: alice, at: now)
                #expect(found == moment, "\(number) at \(now)")
            }
        }
        await store.close()
        await #expect(throws: StorageError.self) {
            try await store.storingMoment(of: hash(1), in: .inbox, of: alice, at: 0)
        }
    }

    @Test(
        "A known message that is stored again stays when its older deletion becomes known",
        arguments: StoreKind.allCases)
    func raised(_ kind: StoreKind) async throws {
        let removal = StoredChange.removal(account: alice, hash: hash(1), at: 5_000, until: 9_000)
        for (again, stays) in [(copy(1, stored: 4_000), false), (copy(1, stored: 5_001), true)] {
            for isHandedOver in [false, true] {
                for expiry in [2_000, 3_000] as [Int64] {
                    let store = try StorePlace(kind).open()
                    _ = try await store.store(message(1))
                    let next = copy(1, stored: again.storedAt, expiry: expiry, changed: isHandedOver ? 4_000 : 0)
                    if isHandedOver { _ = try await store.insert([next]) } else { _ = try await store.store(next) }
                    // One that was longer on its way takes nothing back.
                    _ = try await store.store(message(1))
                    _ = try await store.insert([message(1)])
                    #expect(try await store.message(hash(1))?.storedAt == again.storedAt)
                    #expect(try await store.apply([removal]) == (stays ? 0 : 1))
                    #expect(try await store.hashes() == (stays ? [hash(1)] : []))
                }
            }
        }
    }

    @Test(
        "A copy that was stored before the expiry was set does not raise it, a later one does",
        arguments: StoreKind.allCases)
    func lateExtension(_ kind: StoreKind) async throws {
        for (stored, isRaised) in [(4_999, false), (5_000, true), (5_001, true)] as [(Int64, Bool)] {
            let store = try StorePlace(kind).open()
            _ = try await store.store(message(1, expiry: 90_000))
            _ = try await store.expire([(hash(1), 8_000)], of: alice, change: .set, at: 5_000)
            let receipt = try await store.store(copy(1, stored: stored, expiry: 90_000))
            let expiry: Int64 = isRaised ? 90_000 : 8_000
            #expect(receipt == StoreReceipt(outcome: isRaised ? .extended : .exists, expiry: expiry, row: 1))
            #expect(
                try await store.message(hash(1))
                    == copy(1, stored: stored, expiry: expiry, changed: isRaised ? stored : 5_000))
        }
    }

    @Test(
        "A message that expired by an expiry that was set, and is stored again, does not expire by that again",
        arguments: StoreKind.allCases)
    func lapsedAndStoredAgain(_ kind: StoreKind) async throws {
        for isHandedOver in [false, true] {
            let store = try StorePlace(kind).open()
            _ = try await store.store(message(1, expiry: 90_000))
            _ = try await store.expire([(hash(1), 10_000)], of: alice, change: .set, at: 5_000)
            #expect(try await store.removeExpired(at: 10_000) == 1)
            #expect(try await store.store(copy(1, stored: 5_000, expiry: 90_000)).outcome == .late)
            let again = copy(1, stored: 11_000, expiry: 90_000)
            if isHandedOver {
                #expect(try await store.insert([again]).added == 1)
            } else {
                #expect(try await store.store(again).outcome == .new)
            }
            #expect(
                try await store.apply([.expiry(account: alice, hash: hash(1), expiry: 10_000, changedAt: 5_000)]) == 0)
            #expect(try await store.message(hash(1)) == copy(1, stored: 11_000, expiry: 90_000, changed: 11_000))
        }
    }

    @Test(
        "Of two expiries of a message that is handed over the one set later holds, and goes with it",
        arguments: StoreKind.allCases)
    func handedOver(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        _ = try await store.insert([copy(1, expiry: 1_000, changed: 5_050)])
        #expect(try await store.message(hash(1)) == copy(1, expiry: 1_000, changed: 5_050))
        for (expiry, changed, isTaken) in [
            (9_000, 5_049, false), (900, 5_050, false), (1_100, 5_050, true), (500, 5_051, true),
        ]
            as [(Int64, Int64, Bool)]
        {
            let before = try await store.message(hash(1))
            let next = copy(1, expiry: expiry, changed: changed)
            _ = try await store.insert([next])
            #expect(try await store.message(hash(1)) == (isTaken ? next : before), "\(expiry) set at \(changed)")
        }
    }

    @Test(
        "A copy that is handed over and was stored after the expiry was set here, for longer, raises it as a store does",
        arguments: StoreKind.allCases)
    func storedElsewhere(_ kind: StoreKind) async throws {
        let cases: [(stored: Int64, expiry: Int64, inForce: Int64, changed: Int64)] = [
            (5_000, 90_000, 8_000, 5_000), (5_001, 90_000, 90_000, 5_001), (5_001, 8_000, 8_000, 5_000),
            (5_001, 7_000, 8_000, 5_000),
        ]
        for (stored, expiry, inForce, changed) in cases {
            let other = copy(1, stored: stored, expiry: expiry)
            let expected = copy(1, stored: stored, expiry: inForce, changed: changed)
            let store = try StorePlace(kind).open()
            _ = try await store.store(message(1, expiry: 60_000))
            _ = try await store.expire([(hash(1), 8_000)], of: alice, change: .set, at: 5_000)
            for _ in 0..<2 {
                _ = try await store.insert([other])
                #expect(try await store.message(hash(1)) == expected, "stored at \(stored) until \(expiry)")
            }
            // The other node hears of the expiry that was set, in each of the ways in which it is told.
            let hearing: [(any MessageStore) async throws -> Void] = [
                { _ = try await $0.apply([.expiry(account: alice, hash: hash(1), expiry: 8_000, changedAt: 5_000)]) },
                { _ = try await $0.expire([(hash(1), 8_000)], of: alice, change: .set, at: 5_000) },
                { _ = try await $0.shortenAll(of: alice, in: .all, to: 8_000, at: 5_000) },
                { _ = try await $0.apply([.standingOrder(account: alice, Self.shortening)]) },
                { _ = try await $0.apply([try Self.awaited]) },
                { _ = try await $0.insert([self.copy(1, expiry: 8_000, changed: 5_000)]) },
            ]
            for (way, hear) in hearing.enumerated() {
                let store = try StorePlace(kind).open()
                _ = try await store.insert([other])
                try await hear(store)
                let met = try await store.message(hash(1))
                let isSetHere = way < 2 || way > 3 || expiry > 8_000
                #expect(met?.expiry == (isSetHere ? inForce : expiry), "\(way): stored at \(stored) until \(expiry)")
            }
        }
    }

    private static let shortening = StandingOrder(.all, .shortening(to: 8_000), at: 5_000)
    private static var awaited: StoredChange {
        get throws {
            .awaitedExpiry(
                account: alice, hash: hash(1), bounds: try #require(ExpiryBounds(earliest: 8_000, latest: 8_000)),
                at: 5_000)
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
        let told = [hash(1), hash(2)].sorted().map {
            StoredChange.expiry(account: alice, hash: $0, expiry: 10_000, changedAt: 5_000)
        }
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
        let later = StoredChange.expiry(account: alice, hash: hash(2), expiry: 80_000, changedAt: 5_001)
        #expect(try await store.changes(since: 0, after: nil, limit: 9) == [later])
        _ = try await store.removeExpired(at: 5_001 + Self.month)
        #expect(try await store.changes(since: 0, after: nil, limit: 9) == [])
    }

    @Test(
        "An expiry set at a moment that has no later one thirty days on is not remembered",
        arguments: StoreKind.allCases)
    func lapsedAtTheEnd(_ kind: StoreKind) async throws {
        for (changed, isRemembered) in [(Int64.max - Self.month, true), (.max - Self.month + 1, false), (.max, false)] {
            let store = try StorePlace(kind).open()
            _ = try await store.insert([copy(1, expiry: 9_000, changed: changed)])
            #expect(try await store.removeExpired(at: 9_000) == 1)
            let told = [StoredChange.expiry(account: alice, hash: hash(1), expiry: 9_000, changedAt: changed)]
            #expect(try await store.changes(since: 0, after: nil, limit: 9) == (isRemembered ? told : []), "\(changed)")
        }
    }
}
