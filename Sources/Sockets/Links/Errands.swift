import NodeRuntime
import Synchronization

/// What a transport has yet to do after the call that asked for it may have returned. Ends with the transport.
final class Errands: Sendable {
    private struct State {
        var isOver = false
        var lastID = 0
        var tasks: [Int: Task<Void, Never>] = [:]
    }

    private let clock: any NodeClock
    private let state = Mutex(State())

    init(_ clock: any NodeClock) { self.clock = clock }

    /// Does something later.
    /// - Parameters:
    ///   - wait: of the clock's time; at once when zero.
    ///   - body: gets whether its time has come. It has not when the errand was cancelled or the transport closed.
    @discardableResult
    func start(after wait: Duration, _ body: @escaping @Sendable (Bool) async -> Void) -> Task<Void, Never> {
        state.withLock { state in
            state.lastID += 1
            let id = state.lastID
            // A task of its own, because a copy or a late message must arrive though nobody waits for it any more.
            let task = Task {
                await body(clock.passes(wait))
                // Waits for the lock, so it cannot come before the task is noted.
                _ = self.state.withLock { $0.tasks.removeValue(forKey: id) }
            }
            if state.isOver { task.cancel() } else { state.tasks[id] = task }
            return task
        }
    }

    /// Cancels what is under way, and whatever is still to be started.
    func end() {
        let tasks = state.withLock { state in
            state.isOver = true
            defer { state.tasks = [:] }
            return state.tasks.values.map { $0 }
        }
        for task in tasks { task.cancel() }
    }
}

extension NodeClock {
    /// Waits.
    /// - Returns: `false` when the task was cancelled before.
    func passes(_ time: Duration) async -> Bool {
        guard time > .zero else { return !Task.isCancelled }
        do {
            try await sleep(for: time)
            return true
        } catch {
            // The only error there is: the task was cancelled.
            return false
        }
    }
}
