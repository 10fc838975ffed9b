import ManualTime
import NodeRuntime

/// Keeps events in memory.
final class TestEventLog: EventLog {
    private struct State {
        var events: [Event] = []

        func count(_ kind: EventKind) -> Int { events.count { $0.kind == kind } }
    }
    private let state = Watched(State())

    func all(_ kind: EventKind) -> [Event] { state.withLock { $0.events.filter { $0.kind == kind } } }

    func record(_ event: Event) {
        state.withLock { $0.events.append(event) }
    }

    /// Waits until `count` events of a kind were recorded in all.
    func until(_ kind: EventKind, count: Int = 1) async {
        await state.until { $0.count(kind) >= count }
    }
}
