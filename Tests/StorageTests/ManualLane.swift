import Storage
import Synchronization

/// Runs the tasks that prefer it one job at a time, on the thread of the test and only when asked to.
final class ManualLane: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Runs jobs until none is left.
    /// - Returns: how many there were.
    @discardableResult
    func drain() -> Int {
        var count = 0
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
            count += 1
        }
        return count
    }

    /// Starts a call and runs it as far as it comes.
    func start<Result: Sendable>(
        _ call: @escaping @Sendable () async throws(StorageError) -> Result
    ) -> Task<Result, any Error> {
        let task = begin { try await call() }
        drain()
        return task
    }

    /// Starts something that runs with the next jobs.
    func begin<Result: Sendable>(_ call: @escaping @Sendable () async throws -> Result) -> Task<Result, any Error> {
        Task(executorPreference: self) { try await call() }
    }
}

/// A disk that keeps every operation waiting until the test lets it go.
final class HeldDisk: Sendable {
    private struct Held {
        var operation: DiskOperation
        var continuation: CheckedContinuation<DiskOutcome, Never>
    }

    private let held = Mutex<[Held]>([])

    var behaviour: DiskBehaviour {
        DiskBehaviour { [self] operation in
            await withCheckedContinuation { continuation in
                held.withLock { $0.append(Held(operation: operation, continuation: continuation)) }
            }
        }
    }

    /// The operations that wait, in order of arrival.
    var waiting: [DiskOperation] { held.withLock { $0.map(\.operation) } }

    /// Lets the first go, and what follows it run.
    func release(_ outcome: DiskOutcome = .proceeds, on lane: ManualLane) {
        let first = held.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        first?.continuation.resume(returning: outcome)
        lane.drain()
    }

    /// Lets all go, those included that come meanwhile.
    func releaseAll(on lane: ManualLane) { while !waiting.isEmpty { release(on: lane) } }
}
