import Glibc
import Synchronization

/// Lets so many tests work at a time; the others wait in the order in which they came.
final class Turns: Sendable {
    /// Of this process. More than there are cores, because a test of sockets or processes waits most of its time.
    static let shared = Turns(count: max(4, 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(free: count)) }

    func take() async -> Turn {
        await withCheckedContinuation { waiter in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(waiter)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { waiter.resume() }
        }
        return Turn(self)
    }

    fileprivate func giveBack() {
        let next = state.withLock { state in
            guard state.waiting.isEmpty else { return Optional(state.waiting.removeFirst()) }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}

/// One test's turn.
final class Turn: Sendable {
    private let turns: Turns
    private let isOver = Mutex(false)

    fileprivate init(_ turns: Turns) { self.turns = turns }

    /// The next test may begin. Only the first time counts.
    func end() {
        let isFirst = isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
        if isFirst { turns.giveBack() }
    }
}
