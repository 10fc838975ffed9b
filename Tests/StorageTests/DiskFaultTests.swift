import SessionProtocol
import Storage
import Synchronization
import Testing

@Suite struct DiskFaultTests {
    /// Answers with the outcomes given for an operation, and else with `.proceeds`.
    private final class Script: Sendable {
        let outcomes = Mutex<[(DiskOperation, DiskOutcome)]>([])
        let syncs = Mutex(0)

        var behaviour: DiskBehaviour {
            DiskBehaviour { [self] operation in
                if operation == .sync { syncs.withLock { $0 += 1 } }
                return outcomes.withLock { outcomes in
                    guard let index = outcomes.firstIndex(where: { $0.0 == operation }) else { return .proceeds }
                    return outcomes.remove(at: index).1
                }
            }
        }
    }

    private static let refused = StorageError.failed(operation: "store a message", code: 778, message: "disk I/O error")

    @Test("A write asked to fail or to tear leaves store and disk as they were, once", arguments: [true, false])
    func failure(tears: Bool) async throws {
        let disk = SimulatedDisk()
        let store = try SimulatedMessageStore(disk: disk)
        let kept = [message(1), message(2, in: outbox)]
        for one in kept { _ = try await store.store(one) }
        let used = disk.usedBytes
        func fail() { if tears { disk.tearNextWrite() } else { disk.failNextWrites(1) } }
        fail()
        await #expect(throws: Self.refused) { _ = try await store.store(message(3)) }
        fail()
        await #expect(throws: StorageError.self) { _ = try await store.store(message(3, in: outbox)) }
        fail()
        await #expect(throws: StorageError.self) { _ = try await store.removeExpired(at: 2_000) }
        #expect(try await store.everything() == kept)
        #expect(disk.usedBytes == used)
        #expect(try await store.store(message(3)).outcome == .new)
        #expect(try await store.messages(afterRow: 2, limit: 9).map(\.row) == [3])
        #expect(try await store.removeExpired(at: 2_000) == 3)
        #expect(disk.usedBytes == 0)
    }

    @Test("The disk's behaviour can fail and tear writes and reads")
    func behaviour() async throws {
        let script = Script()
        let store = try SimulatedMessageStore(disk: SimulatedDisk(behaviour: script.behaviour))
        _ = try await store.store(message(1))
        for outcome in [DiskOutcome.fails, .tears] {
            script.outcomes.withLock { $0 = [(.read, outcome)] }
            await #expect(
                throws: StorageError.failed(operation: "retrieve messages", code: 266, message: "disk I/O error")
            ) { _ = try await store.hashes() }
            script.outcomes.withLock { $0 = [(.write(bytes: 5 * 4_096 + 261), outcome)] }
            await #expect(throws: Self.refused) { _ = try await store.store(message(2)) }
            #expect(try await store.everything() == [message(1)])
        }
    }

    @Test("A refused checkpoint fails no write and is tried again after the next one")
    func refusedSync() async throws {
        let script = Script()
        let disk = SimulatedDisk(behaviour: script.behaviour)
        let store = try SimulatedMessageStore(disk: disk)
        script.outcomes.withLock { $0 = [(.sync, .fails)] }
        var number = 0
        while script.syncs.withLock({ $0 }) == 0, number < 1_000 {
            #expect(try await store.store(message(number)).outcome == .new)
            number += 1
        }
        #expect(disk.unsyncedCommits == number)
        #expect(try await store.store(message(number)).outcome == .new)
        #expect(disk.unsyncedCommits == 0)
        #expect(script.syncs.withLock { $0 } == 2)
    }

    @Test("A full disk takes what needs no room, and more once it has room again")
    func room() async throws {
        let disk = SimulatedDisk(capacityBytes: 10_000)
        let store = try SimulatedMessageStore(disk: disk)
        _ = try await store.store(message(1, in: outbox, data: Bytes(repeating: 1, count: 1_000)))
        #expect(disk.usedBytes == 1_256)
        #expect(disk.freeBytes == 8_744)
        disk.fill()
        #expect(disk.freeBytes == 0)
        await #expect(throws: StorageError.full) { _ = try await store.store(message(2, data: [])) }
        #expect(
            try await store.store(message(1, in: outbox, expiry: 9_000)).outcome == .extended)
        disk.limit(toBytes: 100)
        #expect(disk.freeBytes == 0)
        #expect(
            try await store.store(message(3, in: outbox, data: Bytes(repeating: 1, count: 1_000))).outcome == .new)
        disk.limit(toBytes: 1_256 + 256)
        await #expect(throws: StorageError.full) { _ = try await store.store(message(2, data: [1])) }
        #expect(try await store.store(message(2, data: [])).outcome == .new)
        #expect(try await store.removeExpired(at: .max) == 2)
        #expect(disk.freeBytes == 1_512)
    }

    @Test("A disk has one store at a time, until that is closed, let go or crashed")
    func oneStore() async throws {
        let disk = SimulatedDisk(name: "n7")
        func tryToOpen() -> StorageError? {
            do throws(StorageError) {
                _ = try SimulatedMessageStore(disk: disk)
                return nil
            } catch {
                return error
            }
        }
        let first = try SimulatedMessageStore(disk: disk)
        #expect(tryToOpen() == .locked(path: "n7"))
        _ = try await first.store(message(1))
        disk.crash()
        let second = try SimulatedMessageStore(disk: disk)
        // Neither the calls nor the end of the dead one reach the disk any more.
        await #expect(throws: StorageError.closed) { _ = try await first.store(message(2)) }
        await #expect(throws: StorageError.closed) { _ = try await first.everything() }
        await first.close()
        #expect(tryToOpen() == .locked(path: "n7"))
        #expect(try await second.everything() == [message(1)])
        await second.close()
        #expect(tryToOpen() == nil)
        #expect(tryToOpen() == nil)
    }
}
