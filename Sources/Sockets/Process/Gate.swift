import Synchronization

/// Lets everybody through until it is shut; then all wait at it.
final class Gate: Sendable {
    private struct State {
        var isShut = false
        var nextID = 0
        var waiting: [Int: OneShot<Void>] = [:]
    }

    private let state = Mutex(State())

    func shut() { state.withLock { $0.isShut = true } }

    func open() {
        let waiting = state.withLock { state in
            state.isShut = false
            defer { state.waiting = [:] }
            return state.waiting
        }
        // In the order they came, so that held work goes on as it would have.
        for (_, waiter) in waiting.sorted(by: { $0.key < $1.key }) { waiter.give(()) }
    }

    /// Returns at once while the gate is open.
    /// - Throws: `CancellationError`
    func pass() async throws {
        while let (id, waiter) = wait() {
            await waiter.value(whenCancelled: ())
            _ = state.withLock { $0.waiting.removeValue(forKey: id) }
            try Task.checkCancellation()
        }
    }

    private func wait() -> (Int, OneShot<Void>)? {
        state.withLock { state in
            guard state.isShut else { return nil }
            state.nextID += 1
            let waiter = OneShot<Void>()
            state.waiting[state.nextID] = waiter
            return (state.nextID, waiter)
        }
    }
}
