import SessionProtocol
import Storage
import Synchronization
import Testing

@Suite struct SlowDiskTests {
    let lane = ManualLane()
    let held = HeldDisk()
    let disk: SimulatedDisk
    let store: SimulatedMessageStore

    init() throws {
        disk = SimulatedDisk(behaviour: held.behaviour)
        store = try SimulatedMessageStore(disk: disk)
    }

    /// What a new process finds.
    private func reopened() throws -> Task<[StoredMessage], any Error> {
        let next = try SimulatedMessageStore(disk: disk)
        let found = lane.start { () async throws(StorageError) in try await next.everything() }
        held.releaseAll(on: lane)
        return found
    }

    @Test("Of two stores of one hash at once, the first is new and the second finds it there")
    func sameHash() async throws {
        let first = lane.start { [store] () async throws(StorageError) in try await store.store(message(1)) }
        let second = lane.start { [store] () async throws(StorageError) in try await store.store(message(1)) }
        #expect(held.waiting.count == 1)
        held.releaseAll(on: lane)
        #expect(try await first.value.outcome == .new)
        #expect(try await second.value.outcome == .exists)
    }

    @Test("Calls that wait for the disk are served in the order of their arrival")
    func order() async throws {
        let calls = (0..<5).map { number in
            lane.start { [store] () async throws(StorageError) in try await store.store(message(number)) }
        }
        let listing = lane.start { [store] () async throws(StorageError) in try await store.everything() }
        let late = lane.start { [store] () async throws(StorageError) in try await store.store(message(9)) }
        held.release(on: lane)
        // Came after one was served, and must still stand behind those who waited before.
        let later = lane.start { [store] () async throws(StorageError) in try await store.everything() }
        held.releaseAll(on: lane)
        for call in calls { #expect(try await call.value.outcome == .new) }
        #expect(try await listing.value == (0..<5).map { message($0) })
        #expect(try await late.value.outcome == .new)
        #expect(try await later.value.count == 6)
    }

    @Test("Closing waits for the calls before it and refuses those after it")
    func closing() async throws {
        let before = lane.start { [store] () async throws(StorageError) in try await store.store(message(1)) }
        let closing = lane.start { [store] () async throws(StorageError) in await store.close() }
        let after = lane.start { [store] () async throws(StorageError) in try await store.store(message(2)) }
        held.releaseAll(on: lane)
        #expect(try await before.value.outcome == .new)
        try await closing.value
        await #expect(throws: StorageError.closed) { _ = try await after.value }
        #expect(try await reopened().value == [message(1)])
    }

    @Test(
        "A process that dies in a write leaves all of it or nothing, and its calls fail",
        arguments: WriteUnderWay.allCases)
    func crash(_ fate: WriteUnderWay) async throws {
        for number in 1...3 {
            let call = lane.start { [store] () async throws(StorageError) in
                try await store.store(message(number, in: number == 1 ? outbox : .inbox, expiry: 10))
            }
            held.releaseAll(on: lane)
            #expect(try await call.value.outcome == .new)
        }
        // Two steps: the old message goes, the new one comes.
        let replacing = lane.start { [store] () async throws(StorageError) in
            try await store.store(message(4, in: outbox))
        }
        let queued = lane.start { [store] () async throws(StorageError) in try await store.everything() }
        disk.crash(writeUnderWay: fate)
        let kept = [message(2, expiry: 10), message(3, expiry: 10)]
        let replaced = kept + [message(4, in: outbox)]
        let untouched = [message(1, in: outbox, expiry: 10)] + kept
        let next = try SimulatedMessageStore(disk: disk)
        held.releaseAll(on: lane)
        await #expect(throws: StorageError.closed) { _ = try await replacing.value }
        await #expect(throws: StorageError.closed) { _ = try await queued.value }
        disk.crash()
        #expect(try await reopened().value == (fate == .landed ? replaced : untouched))
        withExtendedLifetime(next) {}
    }

    @Test("A process that dies in a sweep leaves all of it or nothing", arguments: WriteUnderWay.allCases)
    func crashInSweep(_ fate: WriteUnderWay) async throws {
        for number in 1...5 {
            _ = lane.start { [store] () async throws(StorageError) in
                try await store.store(message(number, expiry: Int64(number)))
            }
        }
        held.releaseAll(on: lane)
        let sweep = lane.start { [store] () async throws(StorageError) in try await store.removeExpired(at: 3) }
        disk.crash(writeUnderWay: fate)
        held.releaseAll(on: lane)
        await #expect(throws: StorageError.closed) { _ = try await sweep.value }
        let left = (fate == .landed ? 4 : 1)...5
        #expect(try await reopened().value == left.map { message($0, expiry: Int64($0)) })
    }

    @Test("A call that only reads fails as well when the process dies while it waits")
    func crashInReading() async throws {
        _ = lane.start { [store] () async throws(StorageError) in try await store.store(message(1)) }
        held.releaseAll(on: lane)
        let known = lane.start { [store] () async throws(StorageError) in try await store.store(message(1)) }
        #expect(held.waiting == [.read])
        disk.crash()
        held.release(.fails, on: lane)
        await #expect(throws: StorageError.closed) { _ = try await known.value }
        // Once it is known to be dead, the disk is not even asked.
        let listing = lane.start { [store] () async throws(StorageError) in try await store.everything() }
        #expect(held.waiting == [])
        held.releaseAll(on: lane)
        await #expect(throws: StorageError.closed) { _ = try await listing.value }
    }

    @Test("A write under way at a power cut is never half there")
    func powerCut() async throws {
        _ = lane.start { [store] () async throws(StorageError) in try await store.store(message(1, in: outbox)) }
        held.releaseAll(on: lane)
        let replacing = lane.start { [store] () async throws(StorageError) in
            try await store.store(message(2, in: outbox))
        }
        disk.losePower(survivingCommits: 1)
        held.releaseAll(on: lane)
        await #expect(throws: StorageError.closed) { _ = try await replacing.value }
        #expect(try await reopened().value == [message(1, in: outbox)])
    }

    @Test("Only what needs the disk waits for it: a sweep with nothing due does not")
    func operations() async throws {
        func seen(_ call: @escaping @Sendable () async throws(StorageError) -> Void) async throws -> [DiskOperation] {
            let task = lane.start(call)
            var seen: [DiskOperation] = []
            while let operation = held.waiting.first {
                seen.append(operation)
                held.release(on: lane)
            }
            try await task.value
            return seen
        }
        let store = store
        let new = try await seen { () async throws(StorageError) in
            _ = try await store.store(message(1, data: Bytes(repeating: 0, count: 700)))
        }
        #expect(new == [.write(bytes: 5 * 4_096 + 256 + 700)])
        #expect(try await seen { () async throws(StorageError) in _ = try await store.store(message(1)) } == [.read])
        #expect(try await seen { () async throws(StorageError) in _ = try await store.hashes() } == [.read])
        #expect(try await seen { () async throws(StorageError) in _ = try await store.everything() } == [.read])
        #expect(try await seen { () async throws(StorageError) in _ = try await store.removeExpired(at: 1_999) } == [])
        let sweep = try await seen { () async throws(StorageError) in _ = try await store.removeExpired(at: 2_000) }
        #expect(sweep == [.write(bytes: 5 * 4_096 + 256 + 700)])
        #expect(try await seen { () async throws(StorageError) in await store.close() } == [.sync])
        #expect(try await seen { () async throws(StorageError) in await store.close() } == [])
    }

    @Test("A behaviour that answers at once costs no change of executor")
    func noHop() async throws {
        let calls = Mutex(0)
        let prompt = DiskBehaviour { _ in
            calls.withLock { $0 += 1 }
            return .proceeds
        }
        var jobs: [Int] = []
        for behaviour in [DiskBehaviour.immediate, prompt] {
            let store = try SimulatedMessageStore(disk: SimulatedDisk(behaviour: behaviour))
            let task = Task(executorPreference: lane) { try await store.store(message(1)) }
            jobs.append(lane.drain())
            #expect(try await task.value.outcome == .new)
        }
        #expect(calls.withLock { $0 } == 1)
        #expect(jobs[0] == jobs[1])
    }
}
