import SessionProtocol
import Storage
import Testing

@Suite struct LookupTests {
    @Test("A message is found by its hash alone, in whatever mailbox, until it goes", arguments: StoreKind.allCases)
    func byHash(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        let kept = [message(1, expiry: 10), message(2, for: bob), message(3, in: outbox), message(4, for: aliceGroup)]
        #expect(try await store.message(hash(1)) == nil)
        for one in kept { _ = try await store.store(one) }
        for one in kept { #expect(try await store.message(one.hash) == one) }
        #expect(try await store.message(hash(5)) == nil)

        _ = try await store.store(message(2, for: bob, expiry: 9_000))
        #expect(try await store.message(hash(2))?.unmarked == message(2, for: bob, expiry: 9_000))
        _ = try await store.store(message(6, in: outbox))
        #expect(try await store.message(hash(3)) == nil, "another message took its place")
        #expect(try await store.message(hash(1)) == kept[0], "nothing looks at the expiry")
        _ = try await store.removeExpired(at: 10)
        #expect(try await store.message(hash(1)) == nil)
        await store.close()
        await #expect(throws: StorageError.closed) { _ = try await store.message(hash(2)) }
    }
}
