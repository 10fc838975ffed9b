import CHost
import Glibc
import Synchronization

/// The way to the ZeroMQ sockets, and the thread that waits for what happens to them.
///
/// libzmq wants a socket used by one thread at a time, with a full fence between one and the next. So whoever has work
/// does it on the spot when nobody else is at the sockets, and leaves it to the one who is otherwise. Handing every
/// message to one thread would cost two switches between threads each.
final class PollThread: Sendable {
    /// Work on the sockets, done in the order it was submitted.
    typealias Work = @Sendable (PollLoop) -> Void

    private struct Queue {
        var work: [Work] = []
        /// Sockets that may have something to do.
        var ready: [UInt64] = []
        /// Whether a thread is at the sockets. Whoever sets it serves until nothing is left.
        var isTaken = false
        /// There is more to do, and the poll thread is to do it.
        var isLeft = false
        var nextDeadline: ContinuousClock.Instant?
        /// How far the poll thread sleeps; `nil` while it does not.
        var sleepsUntil: ContinuousClock.Instant??
        /// How far it slept, or would have, the last time it had a deadline.
        var alarm: ContinuousClock.Instant?
        /// Parts of tasks that are to run.
        var jobs: [UnownedJob] = []
        /// Whether a thread runs them. Only one does at a time, so they start in the order they came in.
        var isRunning = false
        /// Another thread than the poll thread will run them.
        var isPromised = false
        var isSignalled = false
        var isStopped = false

        /// When the poll thread is to wake up. Most deadlines are given up long before they come. It still wakes for the
        /// first of them, because then it need not be woken for each that is set later.
        mutating func alarmTime(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
            if let set = alarm, set > now, nextDeadline.map({ set < $0 }) ?? true { return set }
            alarm = nextDeadline
            return nextDeadline
        }
    }

    /// epoll's name for ``wake``; sockets come after it.
    static let wakeID: UInt64 = 0
    /// So often a thread that came with work looks at the sockets before it goes its way.
    private static let mostTurnsOfGuests = 4
    /// So many parts of tasks run before whoever runs them looks at its sockets again.
    private static let mostJobs = 64

    private let queue = Mutex(Queue())
    private let sockets: Sockets
    private let epoll: Int32
    private let wake: Int32
    private let ended = OneShot<Void>()

    /// The loop belongs to the thread that set ``Queue/isTaken``, and the lock around that is the fence.
    private struct Sockets: @unchecked Sendable {
        let loop: PollLoop
    }

    init(_ context: ZMQContext) throws(ZMQError) {
        epoll = chost_epoll_create()
        wake = chost_eventfd()
        do throws(ZMQError) {
            guard epoll >= 0, wake >= 0, chost_epoll_add(epoll, wake, Self.wakeID) == 0 else { throw ZMQError("epoll") }
            sockets = Sockets(loop: try PollLoop(context, epoll: epoll))
        } catch {
            Glibc.close(epoll)
            Glibc.close(wake)
            throw error
        }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { thread in
                guard let thread else { return nil }
                Unmanaged<PollThread>.fromOpaque(thread).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "the process cannot start one more thread (error \(code))")
        pthread_detach(thread)
    }

    /// Does `work`, or has whoever is at the sockets do it. Must not be called with a lock held that work may want.
    /// - Returns: `false` when the thread has stopped, and nothing will happen.
    @discardableResult
    func submit(_ work: @escaping Work) -> Bool {
        let isMine: Bool? = queue.withLock { queue in
            guard !queue.isStopped else { return nil }
            guard !queue.isTaken else {
                queue.work.append(work)
                return false
            }
            queue.isTaken = true
            return true
        }
        if isMine == true { serve(mostTurns: Self.mostTurnsOfGuests, bringing: work) }
        return isMine != nil
    }

    /// Closes every socket and ends the thread.
    func stop() async {
        submit { $0.isStopping = true }
        await ended.value()
    }

    /// Does what there is to do. The caller has taken the sockets; when this returns it has given them back.
    /// - Parameter work: what the caller came with, done after all that was left.
    private func serve(mostTurns: Int, bringing work: Work? = nil) {
        let loop = sockets.loop
        var brought = work
        var turns = 0
        repeat {
            let (work, ready) = take()
            for work in work { work(loop) }
            brought?(loop)
            brought = nil
            loop.turn(ready)
            turns += 1
        } while !giveBack(isLast: turns == mostTurns)
    }

    private func take() -> (work: [Work], ready: [UInt64]) {
        queue.withLock { queue in
            defer {
                queue.work = []
                queue.ready = []
            }
            return (queue.work, queue.ready)
        }
    }

    /// - Parameter isLast: whether to leave the rest to the poll thread.
    /// - Returns: `false` when the caller has to go on.
    private func giveBack(isLast: Bool) -> Bool {
        let isRestless = sockets.loop.isRestless
        let nextDeadline = sockets.loop.nextDeadline
        return queue.withLock { queue in
            let isLeft = isRestless || !queue.work.isEmpty || !queue.ready.isEmpty
            if isLeft, !isLast { return false }
            queue.isTaken = false
            queue.isLeft = isLeft
            queue.nextDeadline = nextDeadline
            guard let sleepsUntil = queue.sleepsUntil, !queue.isSignalled else { return true }
            let isEarlier = nextDeadline.map { next in sleepsUntil.map { next < $0 } ?? true } ?? false
            if isLeft || isEarlier { signal(&queue) }
            return true
        }
    }

    /// Wakes the poll thread. Under the lock: once it is stopped the descriptor is closed, and its number may be somebody
    /// else's.
    private func signal(_ queue: inout Queue) {
        queue.isSignalled = true
        chost_eventfd_signal(wake)
    }

    // MARK: The thread

    private func run() {
        var ready = [UInt64](repeating: 0, count: 256)
        while true {
            runJobs()
            let count = chost_epoll_wait(epoll, &ready, Int32(ready.count), fallAsleep())
            let isMine = wakeUp(ready.prefix(max(0, Int(count))))
            guard isMine else { continue }
            if sockets.loop.isStopping { return end() }
            serve(mostTurns: 1)
        }
    }

    /// - Returns: milliseconds to wait; negative for ever.
    private func fallAsleep() -> Int32 {
        let until: ContinuousClock.Instant? = queue.withLock { queue in
            let isWorkLeft = queue.isLeft && !queue.isTaken
            if isWorkLeft || !queue.jobs.isEmpty && !queue.isPromised && !queue.isRunning { return .now }
            // Whoever is at the sockets looks at the deadlines, and gives a sign if one is left.
            let until = queue.isTaken ? nil : queue.alarmTime(.now)
            queue.sleepsUntil = .some(until)
            return until
        }
        guard let until else { return -1 }
        let (seconds, attoseconds) = (until - .now).components
        guard seconds >= 0, attoseconds > 0 else { return 0 }
        // Rounded up: waking just before a deadline would only turn the loop once more.
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    /// - Returns: whether the sockets are the poll thread's now; otherwise whoever has them sees to those that are
    ///   ready.
    private func wakeUp(_ ready: ArraySlice<UInt64>) -> Bool {
        if ready.contains(Self.wakeID) { chost_eventfd_clear(wake) }
        return queue.withLock { queue in
            queue.isSignalled = false
            queue.sleepsUntil = nil
            for id in ready where id != Self.wakeID { queue.ready.append(id) }
            defer { queue.isTaken = true }
            return !queue.isTaken
        }
    }

    /// Nobody else gets at the sockets any more: they stay taken.
    private func end() {
        let (work, jobs) = queue.withLock { queue in
            queue.isStopped = true
            defer {
                queue.work = []
                queue.jobs = []
            }
            return (queue.work, queue.jobs)
        }
        let loop = sockets.loop
        for work in work { work(loop) }
        loop.close()
        Glibc.close(epoll)
        Glibc.close(wake)
        for job in jobs { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
        ended.give(())
    }
}

/// Tasks may run where their messages come in. In a process with one node that saves a switch between threads for each,
/// and those of a pool wake each other besides.
extension PollThread: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isTaken = queue.withLock { queue in
            guard !queue.isStopped else { return false }
            queue.jobs.append(job)
            if !queue.isPromised, !queue.isRunning { wakeForJobs(&queue) }
            return true
        }
        // Whoever outlives the thread goes on elsewhere.
        if !isTaken { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    /// The calling thread will run what tasks have to do, by ``keepPromise()``, and the poll thread need not wake up for it.
    /// To be called before it starts such a task.
    /// - Returns: `false` when a thread has promised already, and the caller need do nothing.
    func promiseToRun() -> Bool {
        queue.withLock { queue in
            guard !queue.isPromised, !queue.isStopped else { return false }
            queue.isPromised = true
            return true
        }
    }

    /// Runs tasks as far as they go without waiting. Must not be called from a task, nor with a lock held.
    func keepPromise() {
        runJobs(keepsPromise: true)
        queue.withLock { queue in
            if !queue.jobs.isEmpty, !queue.isRunning { wakeForJobs(&queue) }
        }
    }

    private func wakeForJobs(_ queue: inout Queue) {
        if queue.sleepsUntil != nil, !queue.isSignalled { signal(&queue) }
    }

    private func runJobs(keepsPromise: Bool = false) {
        let isMine = queue.withLock { queue in
            if keepsPromise { queue.isPromised = false } else if queue.isPromised { return false }
            defer { queue.isRunning = true }
            return !queue.isRunning
        }
        guard isMine else { return }
        var jobs: [UnownedJob] = []
        var count = 0
        while true {
            let isOver = queue.withLock { queue in
                swap(&jobs, &queue.jobs)
                queue.isRunning = !jobs.isEmpty
                return jobs.isEmpty
            }
            if isOver { return }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            count += jobs.count
            jobs.removeAll(keepingCapacity: true)
            if count >= Self.mostJobs { return queue.withLock { $0.isRunning = false } }
        }
    }
}
