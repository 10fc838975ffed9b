import SessionProtocol
import Storage
import Testing

@Suite struct RefusalTests {
    @Test(
        "A full store refuses messages, keeps what it has, and takes more after a sweep", arguments: StoreKind.allCases)
    func full(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind, capacity: 400_000)
        let store = try place.open()
        let data = Bytes(repeating: 0x77, count: 5_000)
        var kept = [message(0, in: outbox, data: Bytes(repeating: 0x78, count: 20_000))]
        _ = try await store.store(kept[0])
        var refused: StorageError?
        while refused == nil, kept.count <= 100 {
            let next = message(kept.count, expiry: kept.count <= 5 ? 1_000 : 2_000, data: data)
            do throws(StorageError) {
                _ = try await store.store(next)
                kept.append(next)
            } catch {
                refused = error
            }
        }
        #expect(refused == .full)
        #expect(kept.count > 10)
        #expect(try await store.everything() == kept)
        #expect(try await store.store(kept[1]).outcome == .exists)

        // A replacement frees its own room; one that does not fit leaves the old message.
        let replacement = message(500, in: outbox, data: Bytes(repeating: 0x79, count: 14_000))
        #expect(try await store.store(replacement).outcome == .new)
        await #expect(throws: StorageError.full) {
            _ = try await store.store(message(501, in: outbox, data: Bytes(repeating: 1, count: 70_000)))
        }
        #expect(try await store.hashes(alice, outbox) == [hash(500)])
        #expect(try await store.everything() == kept.dropFirst() + [replacement])

        #expect(try await store.removeExpired(at: 1_000) == 5)
        #expect(try await store.store(message(600, data: data)).outcome == .new)
        await store.close()
        #expect(try await place.open().everything() == kept.dropFirst(6) + [replacement, message(600, data: data)])
    }

    @Test(
        "A write that fails changes nothing, says what failed, and the next one succeeds", arguments: StoreKind.allCases
    )
    func failedWrites(_ kind: StoreKind) async throws {
        func operation(_ body: () async throws -> Void) async throws -> String? {
            do {
                try await body()
                return nil
            } catch StorageError.failed(let operation, _, _) {
                return operation
            }
        }
        let place = try StorePlace(kind)
        let store = try place.open()
        let kept = [message(1, expiry: 50), message(2, in: outbox), message(3, for: bob)]
        for one in kept { _ = try await store.store(one) }
        try place.refuseWrites()
        for refused in [message(4), message(4, for: bob, in: outbox), message(1, expiry: 9_000)] {
            #expect(try await operation { _ = try await store.store(refused) } == "store a message")
        }
        for refused in [message(4, in: outbox), message(3, in: outbox)] {
            #expect(try await operation { _ = try await store.store(refused) } == "replace an outbox message")
        }
        #expect(try await operation { _ = try await store.removeExpired(at: 60) } == "remove expired messages")
        // These need no write.
        #expect(try await store.removeExpired(at: 49) == 0)
        #expect(try await store.store(message(1, expiry: 50)).outcome == .exists)
        #expect(try await store.everything() == kept)
        try place.acceptWrites()
        #expect(try await store.removeExpired(at: 60) == 1)
        #expect(try await store.store(message(4, in: outbox)).outcome == .new)
        #expect(try await store.messages(afterRow: 3, limit: 9).map(\.row) == [4])
        #expect(try await store.everything() == [kept[2], message(4, in: outbox)])
    }
}
