import NodeRuntime
import Synchronization

/// Keeps events in memory.
final class TestEventLog: EventLog {
    private struct State {
        var events: [Event] = []
        var isGivenUp = false
        var watchers: [(kind: EventKind, count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        func count(_ kind: EventKind) -> Int { events.count { $0.kind == kind } }
    }
    private let state = Mutex(State())

    func all(_ kind: EventKind) -> [Event] { state.withLock { $0.events.filter { $0.kind == kind } } }

    func record(_ event: Event) {
        let met = state.withLock { state in
            state.events.append(event)
            let seen = state.count(event.kind)
            let met = state.watchers.filter { $0.kind == event.kind && $0.count <= seen }
            state.watchers.removeAll { $0.kind == event.kind && $0.count <= seen }
            return met
        }
        for watcher in met { watcher.continuation.resume() }
    }

    /// Waits until `count` events of a kind were recorded in all.
    func until(_ kind: EventKind, count: Int = 1) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isMet = state.withLock { state in
                    if state.isGivenUp || state.count(kind) >= count { return true }
                    state.watchers.append((kind, count, continuation))
                    return false
                }
                if isMet { continuation.resume() }
            }
        } onCancel: {
            giveUp()
        }
    }

    /// The test's time is over: nobody waits any more, so that it can end and be reported.
    private func giveUp() {
        let waiting = state.withLock { state in
            state.isGivenUp = true
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in waiting { watcher.continuation.resume() }
    }
}
