import Faults
import NodeRuntime
import SessionProtocol
import Synchronization

/// Runs every task of a simulation on one thread and in virtual time: when nobody can go on, time jumps to the next timer.
///
/// Jobs run in the order in which they became ready, timers in the order (deadline, sequence), so a run is a pure function of
/// what the tasks do. A job that comes from another thread would end that, and ends the process instead.
///
/// Unchecked: all state belongs to the one thread that runs ``run(limit:jobs:until:)``; every entry from elsewhere is trapped.
final class VirtualExecutor: TaskExecutor, @unchecked Sendable {
    /// Nanoseconds since the start of the simulation.
    private(set) var now: Int64 = 0
    /// Jobs that ran, for the rate of a run.
    private(set) var jobsRun: UInt64 = 0
    private var ready: ContiguousArray<UnownedJob> = []
    private var head = 0
    private var timers = TimerQueue()
    /// The one thing that other threads may look at.
    private let isEnded = Atomic(false)
    private let surround: @Sendable (@escaping @Sendable () async throws -> Void) async throws -> Void

    /// - Parameter surround: runs around every task that no other task starts.
    init(surround: @escaping @Sendable (@escaping @Sendable () async throws -> Void) async throws -> Void) {
        self.surround = surround
    }

    /// Time since the start of the simulation.
    var uptime: Duration { .nanoseconds(now) }

    // MARK: Jobs

    func enqueue(_ job: consuming ExecutorJob) {
        guard SimulationThread.isCurrent(self) else {
            // What a finished run left behind, such as a stream that ends when it is freed, has nobody to run it.
            if isEnded.load(ordering: .acquiring) { return }
            fatalError(
                "a job of the simulation came from another thread, so the run cannot be repeated: something waited outside "
                    + "virtual time (a real clock, a dispatch queue, an actor with its own executor); use what "
                    + "the environment gives")
        }
        ready.append(UnownedJob(job))
    }

    /// Starts a task that no other task starts: the first one, or one for a message that arrived.
    @discardableResult
    func start(_ body: @escaping @Sendable () async throws -> Void) -> Task<Void, any Error> {
        Task(executorPreference: self) { [surround] in try await surround(body) }
    }

    /// Starts a task from within another one, whose task-local values it inherits. Plain tasks would leave the executor.
    func spawn<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Task<Value, any Error> {
        Task(executorPreference: self) { try await body() }
    }

    /// How a stretch of running ended.
    enum Stop {
        /// The condition became true.
        case done
        /// Nothing is ready and no timer is set.
        case idle
        /// The next timer lies beyond the limit.
        case outOfTime
        /// So many jobs ran.
        case outOfJobs
    }

    /// Runs until `isDone`, asked after every job.
    /// - Parameters:
    ///   - limit: nanoseconds of virtual time that must not be passed.
    ///   - jobs: how many may run.
    func run(limit: Int64, jobs: UInt64 = .max, until isDone: () -> Bool) -> Stop {
        let lastJob = jobs == .max ? jobs : jobsRun + jobs
        while true {
            while head < ready.count {
                if isDone() { return .done }
                guard jobsRun < lastJob else { return .outOfJobs }
                let job = ready[head]
                head += 1
                jobsRun += 1
                job.runSynchronously(on: asUnownedTaskExecutor())
                if head == Self.mostDoneJobs { forgetDoneJobs() }
            }
            forgetDoneJobs()
            if isDone() { return .done }
            // Being asked may have made somebody ready.
            guard ready.isEmpty else { continue }
            guard let deadline = timers.nextDeadline() else { return .idle }
            guard deadline <= limit else { return .outOfTime }
            fireNext()
        }
    }

    private func fireNext() {
        guard let (deadline, action) = timers.popFirst() else { return }
        now = max(now, deadline)
        switch action {
        case .call(let call): call()
        case .wake(let sleeper): wake(sleeper, due: deadline)
        }
    }

    private func wake(_ sleeper: Sleeper, due deadline: Int64) {
        guard let host = sleeper.host else { return sleeper.wake(passed: true) }
        // Drawn for each sleeper, not for each job: how many jobs a task takes is the compiler's business.
        if !sleeper.wasOvertaken, host.mischief.happens(.reorderedWakeUp) {
            // Behind all others that are due at this moment.
            sleeper.wasOvertaken = true
            sleeper.timer = timers.set(.wake(sleeper), at: deadline)
        } else if host.isWaiting {
            host.wait { sleeper.wake(passed: true) }
        } else {
            sleeper.wake(passed: true)
        }
    }

    /// Jobs that ran stay in the list until all have, or so many.
    private static let mostDoneJobs = 65_536

    private func forgetDoneJobs() {
        if head == ready.count { ready.removeAll(keepingCapacity: true) } else { ready.removeFirst(head) }
        head = 0
    }

    /// No job runs from now on. What timers held goes away with them.
    func end() {
        isEnded.store(true, ordering: .releasing)
        let held = timers
        timers = TimerQueue()
        // Ends here, not during the assignment: what is freed may touch the timers.
        withExtendedLifetime(held) {}
    }

    // MARK: Timers

    /// Calls `action` after `delay` nanoseconds, between two jobs.
    @discardableResult
    func schedule(after delay: Int64, _ action: @escaping () -> Void) -> TimerQueue.ID {
        timers.set(.call(action), at: now + max(0, delay))
    }

    /// Forgets what was scheduled; does nothing when it has happened.
    func cancel(_ timer: TimerQueue.ID) { _ = timers.cancel(timer) }

    /// Suspends for `delay` nanoseconds.
    func sleep(for delay: Int64, host: SimulatedHost?) async throws(CancellationError) {
        let sleeper = Sleeper(host: host)
        let passed = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                sleeper.suspend(continuation)
                sleeper.timer = timers.set(.wake(sleeper), at: now + max(0, delay))
            }
        } onCancel: {
            if let timer = sleeper.timer { cancel(timer) }
            sleeper.wake(passed: false)
        }
        guard !passed else { return }
        // So that a loop that ignores its cancellation at least takes turns, or nothing could end the run.
        await Task.yield()
        throw CancellationError()
    }

    /// Who sleeps until when, soonest first.
    var sleepers: [(deadline: Int64, sleeper: Sleeper)] { timers.sleepers }
}
