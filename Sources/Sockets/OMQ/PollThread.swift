import CHost
import Glibc
import Synchronization

/// The one thread that touches ZeroMQ sockets, and the way to it from everywhere else.
final class PollThread: Sendable {
    /// Work for the thread, run there in the order it was submitted.
    typealias Work = @Sendable (PollLoop) -> Void

    private struct Queue {
        var work: [Work] = []
        var isSignalled = false
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let wake: Int32
    private let ended = OneShot<Void>()

    init(_ context: ZMQContext) throws(ZMQError) {
        wake = chost_eventfd()
        guard wake >= 0 else { throw ZMQError("eventfd") }
        let start: ThreadStart
        do {
            start = ThreadStart(loop: try PollLoop(context, wake: wake), thread: self)
        } catch {
            Glibc.close(wake)
            throw error
        }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { start in
                guard let start else { return nil }
                Unmanaged<ThreadStart>.fromOpaque(start).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(start).toOpaque())
        precondition(code == 0, "the process cannot start one more thread (error \(code))")
        pthread_detach(thread)
    }

    /// Hands `work` to the thread.
    /// - Returns: `false` when the thread has stopped, and nothing will happen.
    @discardableResult
    func submit(_ work: @escaping Work) -> Bool {
        queue.withLock { queue in
            guard !queue.isStopped else { return false }
            queue.work.append(work)
            // Under the lock: once it is stopped the descriptor is closed, and its number may be somebody else's.
            if !queue.isSignalled { chost_eventfd_signal(wake) }
            queue.isSignalled = true
            return true
        }
    }

    /// Closes every socket and ends the thread.
    func stop() async {
        submit { $0.isStopping = true }
        await ended.value()
    }

    fileprivate func takeWork() -> [Work] {
        queue.withLock { queue in
            defer {
                queue.work = []
                queue.isSignalled = false
            }
            return queue.work
        }
    }

    fileprivate func runLoop(_ loop: PollLoop) {
        while !loop.isStopping {
            for work in takeWork() { work(loop) }
            if !loop.isStopping { loop.turn() }
        }
        let rest = queue.withLock { queue in
            queue.isStopped = true
            defer { queue.work = [] }
            return queue.work
        }
        for work in rest { work(loop) }
        loop.close()
        Glibc.close(wake)
        ended.give(())
    }
}

/// What the thread starts with. The loop is made by the starter and belongs to the thread from then on; starting a
/// thread is the full fence that libzmq demands before a socket changes hands.
private final class ThreadStart {
    private let loop: PollLoop
    private let thread: PollThread

    init(loop: PollLoop, thread: PollThread) {
        self.loop = loop
        self.thread = thread
    }

    func run() { thread.runLoop(loop) }
}
