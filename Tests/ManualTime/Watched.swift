import Synchronization

/// State that tests change and wait for: whoever waits for a condition goes on in the change that makes it true.
public final class Watched<State: Sendable>: Sendable {
    private struct Guarded {
        var state: State
        var isGivenUp = false
        var waiting: [(condition: @Sendable (State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let guarded: Mutex<Guarded>

    public init(_ state: State) { guarded = Mutex(Guarded(state: state)) }

    public func withLock<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, met) = guarded.withLock { guarded in
            let result = body(&guarded.state)
            let met = guarded.waiting.filter { $0.condition(guarded.state) }
            guarded.waiting.removeAll { $0.condition(guarded.state) }
            return (result, met.map(\.continuation))
        }
        for waiter in met { waiter.resume() }
        return result
    }

    /// Waits until `condition` holds. Returns early when the task is cancelled: the test's time is over then, and nobody
    /// waits any more, so that it can end and be reported.
    public func until(_ condition: @escaping @Sendable (State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isMet = guarded.withLock { guarded in
                    if guarded.isGivenUp || condition(guarded.state) { return true }
                    guarded.waiting.append((condition, continuation))
                    return false
                }
                if isMet { continuation.resume() }
            }
        } onCancel: {
            let waiting = guarded.withLock { guarded in
                guarded.isGivenUp = true
                defer { guarded.waiting = [] }
                return guarded.waiting.map(\.continuation)
            }
            for waiter in waiting { waiter.resume() }
        }
    }
}
