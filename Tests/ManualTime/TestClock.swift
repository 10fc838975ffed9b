import NodeRuntime
import Synchronization

/// Time that moves only when a test moves it.
public final class TestClock: NodeClock {
    private struct Sleeper {
        var id: Int
        var deadline: Duration
        var continuation: CheckedContinuation<Void, any Error>
    }
    private struct Watcher {
        var deadlines: ClosedRange<Duration>
        var continuation: CheckedContinuation<Void, Never>
    }
    private struct State {
        var now: Duration = .zero
        var nextID = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
        var isGivenUp = false
        var watchers: [Watcher] = []
    }
    /// The time of the signed vectors.
    public static let epoch: Int64 = 1_700_000_000_000
    private let skew: Int64
    private let state = Mutex(State())

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
                let watchers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    if state.cancelled.remove(id) != nil {
                        continuation.resume(throwing: CancellationError())
                        return []
                    }
                    let deadline = state.now + duration
                    state.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
                    let met = state.watchers.filter { $0.deadlines.contains(deadline) }.map(\.continuation)
                    state.watchers.removeAll { $0.deadlines.contains(deadline) }
                    return met
                }
                for watcher in watchers { watcher.resume() }
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

    /// Waits until somebody sleeps who is due no later than `deadline` of this clock's uptime.
    public func untilSomeoneSleeps(dueBy deadline: Duration) async {
        await untilSomeoneSleeps(within: .zero...deadline)
    }

    private func untilSomeoneSleeps(within deadlines: ClosedRange<Duration>) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isMet = state.withLock { state in
                    if state.isGivenUp || state.sleepers.contains(where: { deadlines.contains($0.deadline) }) {
                        return true
                    }
                    state.watchers.append(Watcher(deadlines: deadlines, continuation: continuation))
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
