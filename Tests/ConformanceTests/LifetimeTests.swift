import SessionProtocol
import Storage
import Testing

@Suite struct LifetimeTests {
    /// Ways from one store to the next on the same place.
    enum Ending: CaseIterable { case closed, killed }

    @Test(
        "What was acknowledged survives, with its order and its expiry", arguments: StoreKind.allCases, Ending.allCases)
    func survival(_ kind: StoreKind, _ ending: Ending) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        for sent in [message(3), message(1, for: bob), message(2, in: outbox), message(4, in: outbox), message(9)] {
            _ = try await store.store(sent)
        }
        _ = try await store.store(message(3, expiry: 3_000))
        _ = try await store.store(message(5, expiry: 7))
        _ = try await store.removeExpired(at: 7)
        let kept = [message(3, expiry: 3_000), message(1, for: bob), message(4, in: outbox), message(9)]
        if ending == .closed { await store.close() } else { try place.kill() }

        let next = try place.open()
        #expect(try await next.everything() == kept)
        #expect(try await next.hashes(after: hash(3)) == [hash(9)])
        #expect(try await next.store(message(3, expiry: 3_000)).outcome == .exists)
        #expect(try await next.store(message(5)).outcome == .new)
        #expect(try await next.removeExpired(at: 2_999) == 4)
        #expect(try await next.hashes() == [hash(3)])
    }

    @Test("Rows are never used twice, neither after a sweep nor after opening again", arguments: StoreKind.allCases)
    func rows(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        var store = try place.open()
        for number in 1...3 { _ = try await store.store(message(number)) }
        #expect(try await store.removeExpired(at: 2_000) == 3)
        _ = try await store.store(message(4))
        #expect(try await store.messages(afterRow: 0, limit: 9).map(\.row) == [4])
        _ = try await store.removeExpired(at: 2_000)
        await store.close()
        store = try place.open()
        _ = try await store.store(message(5, in: outbox))
        _ = try await store.store(message(6, in: outbox))
        #expect(try await store.messages(afterRow: 4, limit: 9).map(\.row) == [6])
        try place.kill()
        store = try place.open()
        _ = try await store.store(message(7))
        #expect(try await store.messages(afterRow: 0, limit: 9).map(\.row) == [6, 7])
    }

    @Test("A power cut in the last commit takes that commit only, and all of it", arguments: StoreKind.allCases)
    func powerCut(_ kind: StoreKind) async throws {
        let last: [(StoredMessage, String)] = [
            (message(9), "new"), (message(9, in: outbox), "replacing"), (message(1, expiry: 9_000), "extending"),
        ]
        for (sent, reason) in last {
            let place = try StorePlace(kind)
            let store = try place.open()
            let kept = [message(1), message(2, in: outbox), message(3, for: bob)]
            for one in kept { _ = try await store.store(one) }
            _ = try await store.store(sent)
            try place.losePowerInLastCommit()
            let next = try place.open()
            #expect(try await next.everything() == kept, "\(reason)")
            #expect(try await next.store(message(10)).outcome == .new)
            #expect(try await next.messages(afterRow: 3, limit: 9).map(\.row) == [4], "\(reason)")
        }
    }

    @Test("A closed store refuses every call, and closing twice is harmless", arguments: StoreKind.allCases)
    func closing(_ kind: StoreKind) async throws {
        let place = try StorePlace(kind)
        let store = try place.open()
        _ = try await store.store(message(1))
        await store.close()
        await store.close()
        await #expect(throws: StorageError.closed) { _ = try await store.store(message(2)) }
        await #expect(throws: StorageError.closed) { _ = try await store.hashes() }
        await #expect(throws: StorageError.closed) { _ = try await store.removeExpired(at: 0) }
        await #expect(throws: StorageError.closed) { _ = try await store.removeExpired(at: .max) }
        await #expect(throws: StorageError.closed) { _ = try await store.everything() }
        let next = try place.open()
        // A late close of the old store is none of the new one's business.
        await store.close()
        #expect(try await next.everything() == [message(1)])
    }
}
