import SessionProtocol
import Storage
import Testing

@Suite struct PowerLossTests {
    /// Calls that each make one commit, of every kind a store makes.
    private static let calls: [@Sendable (SimulatedMessageStore) async throws -> Void] = [
        { _ = try await $0.store(message(1, in: outbox)) },
        { _ = try await $0.store(message(2, expiry: 100)) },
        { _ = try await $0.store(message(3, for: bob, expiry: 100)) },
        { _ = try await $0.store(message(4, in: outbox)) },
        { _ = try await $0.store(message(2, expiry: 300)) },
        { _ = try await $0.removeExpired(at: 200) },
        { _ = try await $0.store(message(5, expiry: 250)) },
        { _ = try await $0.store(message(2, in: outbox)) },
        { _ = try await $0.removeExpired(at: 1_000) },
        { _ = try await $0.store(message(6)) },
    ]

    @Test("A power cut leaves the first commits, each whole, and the store works on from there", arguments: 0...10)
    func surviving(_ count: Int) async throws {
        let disk = SimulatedDisk()
        let store = try SimulatedMessageStore(disk: disk)
        var expected: [(row: Int64, message: StoredMessage)] = []
        var used = 0
        for (index, call) in Self.calls.enumerated() {
            #expect(disk.unsyncedCommits == index)
            if index == count {
                expected = try await store.messages(afterRow: 0, limit: .max)
                used = disk.usedBytes
            }
            try await call(store)
        }
        if count == Self.calls.count {
            expected = try await store.messages(afterRow: 0, limit: .max)
            used = disk.usedBytes
        }
        disk.losePower(survivingCommits: count)
        await #expect(throws: StorageError.closed) { _ = try await store.everything() }

        let next = try SimulatedMessageStore(disk: disk)
        let found = try await next.messages(afterRow: 0, limit: .max)
        #expect(found.map(\.row) == expected.map(\.row))
        #expect(found.map(\.message) == expected.map(\.message))
        #expect(disk.usedBytes == used)
        for call in Self.calls.dropFirst(count) { try await call(next) }
        #expect(try await next.everything() == [message(2), message(6)])
    }

    @Test("Many messages taken by a sweep come back to their places when a power cut undoes it")
    func undoneSweep() async throws {
        let disk = SimulatedDisk()
        let store = try SimulatedMessageStore(disk: disk)
        let kept = (0..<60).map { message($0, for: $0 % 3 == 0 ? bob : alice, expiry: $0 % 4 == 1 ? 200 : 100) }
        for one in kept { _ = try await store.store(one) }
        #expect(try await store.removeExpired(at: 100) == 45)
        disk.losePower(survivingCommits: 60)
        let next = try SimulatedMessageStore(disk: disk)
        #expect(try await next.everything() == kept)
        #expect(try await next.messages(afterRow: 0, limit: .max).map(\.row) == Array(1...60))
        #expect(try await next.hashes(bob) == (0..<20).map { hash($0 * 3) })
        #expect(try await next.removeExpired(at: 100) == 45)
    }

    @Test("A second power cut takes nothing that survived the first")
    func twice() async throws {
        let disk = SimulatedDisk()
        let store = try SimulatedMessageStore(disk: disk)
        for number in 1...4 { _ = try await store.store(message(number)) }
        disk.losePower(survivingCommits: 2)
        let next = try SimulatedMessageStore(disk: disk)
        _ = try await next.store(message(5))
        disk.losePower()
        #expect(try await SimulatedMessageStore(disk: disk).everything() == [message(1), message(2)])
    }

    @Test("A checkpoint comes once the log has 1,000 pages, and what it covers is safe")
    func checkpoint() async throws {
        let disk = SimulatedDisk()
        let store = try SimulatedMessageStore(disk: disk)
        // 20,480 bytes a transaction and 256 + 5 for the message: 197 of them stay below 4,096,000, 198 do not.
        for number in 0..<197 { _ = try await store.store(message(number)) }
        #expect(disk.unsyncedCommits == 197)
        _ = try await store.store(message(197))
        #expect(disk.unsyncedCommits == 0)
        for number in 198..<203 { _ = try await store.store(message(number)) }
        disk.losePower(survivingCommits: 1)
        #expect(try await SimulatedMessageStore(disk: disk).everything() == (0..<199).map { message($0) })
    }

    @Test("Neither a process that dies nor one that closes its store loses to a later power cut what it should not")
    func laterCut() async throws {
        let disk = SimulatedDisk()
        let store = try SimulatedMessageStore(disk: disk)
        _ = try await store.store(message(1))
        await store.close()
        let second = try SimulatedMessageStore(disk: disk)
        _ = try await second.store(message(2))
        // The system still holds what the process wrote; a power cut before the next checkpoint takes it.
        disk.crash()
        #expect(disk.unsyncedCommits == 1)
        disk.losePower()
        #expect(try await SimulatedMessageStore(disk: disk).everything() == [message(1)])
    }
}
