import SessionProtocol
import Storage
import Testing

/// What owners asked for and what was long on its way, against what was done later to the same thing, in every store.
@Suite struct LateChangeTests {
    @Test(
        "What was stored later than a deletion stays, and nothing is remembered of that deletion",
        arguments: StoreKind.allCases)
    func deletions(_ kind: StoreKind) async throws {
        for (moment, isDeleted) in [(4_999, false), (5_000, true), (5_001, true)] as [(Int64, Bool)] {
            for isWhole in [false, true] {
                let store = try StorePlace(kind).open()
                _ = try await store.store(message(1, storedAt: 5_000))
                // Another one, stored long before.
                _ = try await store.store(message(2))
                let deleted =
                    isWhole
                    ? try await store.deleteAll(of: alice, in: .all, sentUpTo: nil, at: moment).map(\.hash)
                    : try await store.delete([hash(1), hash(2)], of: alice, at: moment)
                #expect(Set(deleted) == (isDeleted ? [hash(1), hash(2)] : [hash(2)]), "\(moment)")
                #expect(try await store.hashes() == (isDeleted ? [] : [hash(1)]), "\(moment)")
                let told = try await store.changes(since: 0, after: nil, limit: 9).filter {
                    if case .removal = $0 { true } else { false }
                }
                #expect(told.map(\.moment) == (isDeleted ? [moment, moment] : [moment]))
            }
        }
    }

    @Test(
        "An expiry that was set later stays, of one moment the longer one, and of one call the last",
        arguments: StoreKind.allCases)
    func expiries(_ kind: StoreKind) async throws {
        let cases: [(ExpiryChange, expiry: Int64, at: Int64, isTaken: Bool)] = [
            (.set, 9_000, 4_999, false), (.set, 9_000, 5_000, true), (.set, 7_000, 5_000, false),
            (.set, 7_000, 5_001, true), (.extend, 9_000, 4_999, false), (.extend, 9_000, 5_000, true),
            (.shorten, 7_000, 4_999, false), (.shorten, 7_000, 5_000, false), (.shorten, 7_000, 5_001, true),
        ]
        for (change, expiry, at, isTaken) in cases {
            let store = try StorePlace(kind).open()
            _ = try await store.store(message(1))
            _ = try await store.expire([(hash(1), 8_000)], of: alice, change: .set, at: 5_000)
            let receipt = try await store.expire([(hash(1), expiry)], of: alice, change: change, at: at)
            #expect(receipt.updated == (isTaken ? [hash(1): expiry] : [:]), "\(change) \(expiry) at \(at)")
            #expect(receipt.unchanged == (isTaken ? [:] : [hash(1): 8_000]), "\(change) \(expiry) at \(at)")
            let held = try #require(try await store.message(hash(1)))
            #expect((held.expiry, held.expiryChanged) == (isTaken ? (expiry, at) : (8_000, 5_000)))
        }
        let store = try StorePlace(kind).open()
        _ = try await store.store(message(1))
        let asked = [9_000, 7_000, 6_000].map { (hash: hash(1), expiry: Int64($0)) }
        #expect(
            try await store.expire(asked, of: alice, change: .set, at: 5_000)
                == ExpiryReceipt(updated: [hash(1): 6_000]))
        #expect(try await store.message(hash(1))?.expiry == 6_000)
    }

    @Test("Shortening all leaves what was set later, or at the same moment", arguments: StoreKind.allCases)
    func shortening(_ kind: StoreKind) async throws {
        for (moment, isLowered) in [(4_999, false), (5_000, false), (5_001, true)] as [(Int64, Bool)] {
            let store = try StorePlace(kind).open()
            for number in 1...2 { _ = try await store.store(message(number, expiry: 9_000)) }
            _ = try await store.expire([(hash(1), 8_000)], of: alice, change: .set, at: 5_000)
            let names = try await store.shortenAll(of: alice, in: .all, to: 7_000, at: moment)
            #expect(Set(names.map(\.hash)) == (isLowered ? [hash(1), hash(2)] : [hash(2)]), "\(moment)")
            #expect(
                try await store.expiries(of: [hash(1), hash(2)], account: alice)
                    == [hash(1): isLowered ? 7_000 : 8_000, hash(2): 7_000])
        }
    }

    @Test(
        "What an owner asks for counts as later than all that was done to the same things before, whatever the clock",
        arguments: StoreKind.allCases)
    func moments(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        _ = try await store.store(message(1, storedAt: 5_000))
        _ = try await store.store(message(2, in: Namespace(-7)))
        _ = try await store.expire([(hash(2), 8_000)], of: alice, change: .set, at: 6_000)
        _ = try await store.store(message(3, for: bob, storedAt: 7_000))
        try await store.revoke([token(1)], of: alice, at: 8_000)
        let cases: [(ChangeTarget, AccountID, now: Int64, moment: Int64)] = [
            (.messages([hash(1), hash(9)]), alice, 9, 5_000), (.messages([hash(1)]), alice, 5_000, 5_000),
            (.messages([hash(1)]), alice, 5_001, 5_001), (.messages([hash(1), hash(2)]), alice, 9, 6_001),
            (.messages([hash(2), hash(1), hash(3)]), alice, 6_000, 6_001), (.messages([hash(3)]), alice, 9, 9),
            (.messages([]), alice, 9, 9), (.mailboxes(.all), alice, 9, 6_001),
            (.mailboxes(.one(.inbox)), alice, 9, 5_000), (.mailboxes(.one(Namespace(-7))), alice, 9, 6_001),
            (.mailboxes(.one(Namespace(8))), alice, 9, 9), (.mailboxes(.all), alice, 7_000, 7_000),
            (.mailboxes(.all), aliceGroup, 9, 9), (.mailboxes(.all), bob, 9, 7_000),
            (.subaccounts([token(2), token(1)]), alice, 9, 8_001), (.subaccounts([token(2)]), alice, 9, 9),
            (.subaccounts([token(1)]), bob, 9, 9), (.subaccounts([token(1)]), alice, 8_002, 8_002),
        ]
        for (target, account, now, moment) in cases {
            let found = try await store.changingMoment(of: target, account: account, at: now)
            #expect(found == moment, "\(target) at \(now)")
        }
        try await store.revoke([token(3)], of: alice, at: .max)
        #expect(try await store.changingMoment(of: .subaccounts([token(3)]), account: alice, at: 9) == .max)
        await store.close()
        await #expect(throws: StorageError.closed) {
            _ = try await store.changingMoment(of: .messages([]), account: alice, at: 0)
        }
    }

    @Test(
        "A revocation older than the newest 50 is no news, however often a node tells it", arguments: StoreKind.allCases
    )
    func oldRevocation(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        try await store.revoke((0..<50).map { token($0) }, of: alice, at: 100)
        let old = StoredChange.revocation(account: alice, token: token(50), at: 99, isRevoked: true)
        let new = StoredChange.revocation(account: alice, token: token(51), at: 101, isRevoked: true)
        #expect(try await store.apply([old]) == 0)
        #expect(try await store.apply([old, new, old]) == 1)
        #expect(try await store.changes(since: 0, after: nil, limit: 99).count == 50)
    }

    @Test(
        "What concerns thousands of messages of several mailboxes reaches each of them once",
        arguments: StoreKind.allCases
    )
    func many(_ kind: StoreKind) async throws {
        let spaces = [7, 0, -3].map { Namespace($0) }
        let all = (0..<11_300).map { message($0, for: $0 % 10 == 9 ? bob : alice, in: spaces[$0 % 3], expiry: 9_000) }
        let own = all.filter { $0.account == alice }
        for mailboxes in [MailboxSelection.all, .one(spaces[0]), .one(spaces[2])] {
            let store = try StorePlace(kind).open()
            _ = try await store.insert(all)
            let selected = own.filter { if case .one(let one) = mailboxes { $0.namespace == one } else { true } }
            let names = selected.map { MessageName(namespace: $0.namespace, hash: $0.hash) }.sorted()
            #expect(try await store.shortenAll(of: alice, in: mailboxes, to: 8_000, at: 50_000) == names)
            #expect(try await store.changingMoment(of: .mailboxes(mailboxes), account: alice, at: 9) == 50_001)
            #expect(try await store.everything().count { $0.expiry == 8_000 } == names.count)
            let hashes = own.map(\.hash)
            #expect(try await store.expiries(of: hashes, account: alice).count == own.count)
            // The last is named again, in another part.
            let asked = (hashes + [hashes[0]]).enumerated().map { index, hash in
                (hash: hash, expiry: Int64(index < hashes.count ? 7_000 : 6_000))
            }
            let receipt = try await store.expire(asked, of: alice, change: .set, at: 50_001)
            #expect(receipt.updated.count == own.count && receipt.updated[hashes[0]] == 6_000)
            let early = selected.filter { $0.timestamp <= 8_500 }
            let deleted = try await store.deleteAll(of: alice, in: mailboxes, sentUpTo: 8_500, at: 50_002)
            #expect(Set(deleted.map(\.hash)) == Set(early.map(\.hash)) && deleted.count == early.count)
            let gone = Set(early.map(\.hash))
            #expect(
                try await store.delete(hashes + hashes, of: alice, at: 50_003) == hashes.filter { !gone.contains($0) })
            #expect(try await store.everything().map(\.account) == all.filter { $0.account == bob }.map(\.account))
        }
    }
}
