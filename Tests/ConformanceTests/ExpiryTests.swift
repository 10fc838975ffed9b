import SessionProtocol
import Storage
import Testing

@Suite struct ExpiryTests {
    @Test("A sweep removes what is due at or before the moment and says how many", arguments: StoreKind.allCases)
    func sweep(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        #expect(try await store.removeExpired(at: .max) == 0)
        for (number, expiry) in [(1, 99), (2, 100), (3, 101), (4, 100)] {
            _ = try await store.store(message(number, for: number == 4 ? bob : alice, expiry: Int64(expiry)))
        }
        #expect(try await store.hashes() == [hash(1), hash(2), hash(3)])
        #expect(try await store.removeExpired(at: 98) == 0)
        #expect(try await store.removeExpired(at: 100) == 3)
        #expect(try await store.everything() == [message(3, expiry: 101)])
        #expect(try await store.removeExpired(at: 100) == 0)
        #expect(try await store.store(message(4, for: bob, expiry: 50)).outcome == .new)
        #expect(try await store.hashes(bob) == [hash(4)])
        #expect(try await store.removeExpired(at: .max) == 2)
        #expect(try await store.everything() == [])
    }

    @Test("A raised expiry is the one that counts, however often it was raised", arguments: StoreKind.allCases)
    func raised(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        for expiry: Int64 in [100, 200, 300] {
            _ = try await store.store(message(1, expiry: expiry))
            _ = try await store.store(message(2, expiry: 150))
        }
        #expect(try await store.removeExpired(at: 100) == 0)
        #expect(try await store.removeExpired(at: 299) == 1)
        #expect(try await store.everything() == [message(1, expiry: 300)])
        #expect(try await store.removeExpired(at: 300) == 1)
    }

    @Test(
        "A message of 14 days is there until its last millisecond, through every sweep", arguments: StoreKind.allCases)
    func fourteenDays(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        let sent: Int64 = 1_700_000_000_000
        let expiry = sent + Limits.longestPublicTTL
        _ = try await store.store(message(1, expiry: expiry))
        // A sweep an hour, as one every 10 s would only repeat it.
        for now in stride(from: sent, to: expiry, by: 3_600_000) {
            #expect(try await store.removeExpired(at: now) == 0)
        }
        #expect(try await store.removeExpired(at: expiry - 1) == 0)
        #expect(try await store.hashes() == [hash(1)])
        #expect(try await store.removeExpired(at: expiry) == 1)
        #expect(try await store.hashes() == [])
    }

    @Test("Replaced outbox messages never count in a sweep", arguments: StoreKind.allCases)
    func replaced(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        for number in 0..<10 { _ = try await store.store(message(number, expiry: Int64(500 - number))) }
        for number in 100..<200 { _ = try await store.store(message(number, in: outbox, expiry: Int64(number))) }
        #expect(try await store.removeExpired(at: 198) == 0)
        #expect(try await store.removeExpired(at: 199) == 1)
        #expect(try await store.removeExpired(at: 495) == 5)
        #expect(try await store.everything() == (0..<5).map { message($0, expiry: Int64(500 - $0)) })
    }
}
