import SessionProtocol
import Storage
import Testing

/// A subaccount's token of this number.
func token(_ number: Int) -> Bytes {
    [5, 3, 0, 0] + Bytes(repeating: 0, count: 30) + [UInt8(number / 256), UInt8(number % 256)]
}

/// Which subaccounts may act no more, in every store (storage-node §5).
@Suite struct RevocationTests {
    @Test(
        "A revocation is of the very token and account, needs no message there, and outlives the last one",
        arguments: StoreKind.allCases)
    func byAccount(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        var store = try place.open()
        try await store.revoke([token(1), token(2)], of: alice, at: 10)
        _ = try await store.store(message(1))
        try await store.revoke([token(3)], of: alice, at: 10)
        _ = try await store.delete([hash(1)], of: alice, at: 11)
        _ = try await store.removeExpired(at: 99_999)
        for ending in LifetimeTests.Ending.allCases {
            for number in 1...3 { #expect(try await store.isRevoked(token(number), of: alice), "\(number)") }
            #expect(try await !store.isRevoked(token(4), of: alice))
            #expect(try await !store.isRevoked(token(1), of: bob))
            #expect(try await !store.isRevoked(token(1), of: aliceGroup))
            if ending == .closed { await store.close() } else { try place.kill() }
            store = try place.open()
        }
        #expect(try await store.unrevoke([token(1), token(3), token(3), token(9)], of: alice, at: 12) == 2)
        #expect(try await store.unrevoke([token(1)], of: alice, at: 13) == 0)
        #expect(try await !store.isRevoked(token(1), of: alice))
        #expect(try await store.isRevoked(token(2), of: alice))
        try await store.revoke([token(1)], of: alice, at: 11)
        #expect(try await !store.isRevoked(token(1), of: alice), "it was allowed again later")
        try await store.revoke([token(1)], of: alice, at: 12)
        #expect(try await !store.isRevoked(token(1), of: alice), "and once more after that")
        try await store.revoke([token(1)], of: alice, at: 13)
        #expect(try await store.isRevoked(token(1), of: alice), "of one moment the revocation holds")
        #expect(try await store.unrevoke([token(1), token(2)], of: alice, at: 10) == 0)
        #expect(try await store.isRevoked(token(2), of: alice))
    }

    @Test("The newest 50 of an account are kept; revoking again makes one newer", arguments: StoreKind.allCases)
    func newest(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        for number in 0..<50 { try await store.revoke([token(number)], of: alice, at: Int64(100 + number)) }
        try await store.revoke([token(0)], of: bob, at: 1)
        try await store.revoke([token(0)], of: alice, at: 500)
        try await store.revoke([token(2)], of: alice, at: 99)
        try await store.revoke([token(50), token(51)], of: alice, at: 600)
        for number in 0..<52 {
            let isKept = number != 1 && number != 2
            #expect(try await store.isRevoked(token(number), of: alice) == isKept, "\(number)")
        }
        try await store.revoke([token(52)], of: alice, at: 5)
        #expect(try await !store.isRevoked(token(52), of: alice), "older than 50 others")
        #expect(try await store.isRevoked(token(0), of: bob))
    }

    @Test("Of those of one moment the last ones named are kept", arguments: StoreKind.allCases)
    func oneMoment(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        try await store.revoke((0..<50).map { token($0) }, of: alice, at: 7)
        try await store.revoke((50..<60).map { token($0) }, of: alice, at: 7)
        for number in 0..<60 {
            #expect(try await store.isRevoked(token(number), of: alice) == (number >= 10), "\(number)")
        }
    }

    @Test("Revocations lifted are known for 30 days, and no more than 50 of an account", arguments: StoreKind.allCases)
    func lifted(_ kind: StoreKind) async throws {
        let store = try StorePlace(kind).open()
        for first in [0, 30] {
            let tokens = (first..<first + 30).map { token($0) }
            try await store.revoke(tokens, of: alice, at: 100)
            #expect(try await store.unrevoke(tokens, of: alice, at: Int64(200 + first)) == 30)
        }
        try await store.revoke([token(99)], of: alice, at: 100)
        let lifted = try await store.changes(since: 200, after: nil, limit: .max)
        #expect(lifted.count == 50)
        #expect(lifted.first == .revocation(account: alice, token: token(10), at: 200, isRevoked: false))
        let month: Int64 = 30 * 86_400_000
        #expect(try await store.removeExpired(at: month + 199) == 0)
        #expect(try await store.changes(since: 0, after: nil, limit: .max).count == 51)
        _ = try await store.removeExpired(at: month + 200)
        #expect(try await store.changes(since: 0, after: nil, limit: .max).count == 31)
        _ = try await store.removeExpired(at: .max)
        #expect(
            try await store.changes(since: 0, after: nil, limit: .max)
                == [.revocation(account: alice, token: token(99), at: 100, isRevoked: true)])
    }
}
