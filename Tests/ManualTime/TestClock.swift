import NodeRuntime

/// Time that moves only when a test moves it.
public final class TestClock: NodeClock {
    private struct Sleeper {
        var id: Int
        var deadline: Duration
        var continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var now: Duration = .zero
        var nextID = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
    }
    /// The time of the signed vectors.
    public static let epoch: Int64 = 1_700_000_000_000
    private let skew: Int64
    private let state = Watched(State())

    /// - Parameter skew: how far the wall clock goes wrong, in milliseconds.
    public init(skew: Int64 = 0) { self.skew = skew }

    public var uptime: Duration { state.withLock { $0.now } }
    public var wallMilliseconds: Int64 { Self.epoch + skew + Int64(uptime / .milliseconds(1)) }

    public func sleep(for duration: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    if state.cancelled.remove(id) != nil {
                        return continuation.resume(throwing: CancellationError())
                    }
                    state.sleepers.append(
                        Sleeper(id: id, deadline: state.now + duration, continuation: continuation))
                }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Waits until somebody sleeps who is due at exactly `deadline` of this clock's uptime.
    public func untilSomeoneSleeps(until deadline: Duration) async {
        await untilSomeoneSleeps(within: deadline...deadline)
    }

    /// Waits until `count` sleep who are due at exactly `deadline` of this clock's uptime.
    public func untilSleeping(_ count: Int, until deadline: Duration) async {
        await state.until { state in state.sleepers.filter { $0.deadline == deadline }.count == count }
    }

    /// Waits until somebody sleeps who is due no later than `deadline` of this clock's uptime.
    public func untilSomeoneSleeps(dueBy deadline: Duration) async {
        await untilSomeoneSleeps(within: .zero...deadline)
    }

    private func untilSomeoneSleeps(within deadlines: ClosedRange<Duration>) async {
        await state.until { state in state.sleepers.contains { deadlines.contains($0.deadline) } }
    }

    public func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.deadline <= state.now }
            state.sleepers.removeAll { $0.deadline <= state.now }
            return due
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }
}
