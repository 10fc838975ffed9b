import Synchronization

/// A value that one side waits for and another gives, once; later values are dropped.
///
/// Unlike a bare continuation it may be given before anyone waits, and from two places that race.
final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case empty
        // Unchecked, because this type itself sees to it that it is resumed once.
        case waiting(UnsafeContinuation<Value, Never>)
        case given(Value)
    }

    private let state = Mutex(State.empty)

    /// - Returns: whether this value was the first.
    @discardableResult
    func give(_ value: Value) -> Bool {
        let (first, waiter) = state.withLock { state -> (Bool, UnsafeContinuation<Value, Never>?) in
            switch state {
            case .given: return (false, nil)
            case .empty:
                state = .given(value)
                return (true, nil)
            case .waiting(let waiter):
                state = .given(value)
                return (true, waiter)
            }
        }
        waiter?.resume(returning: value)
        return first
    }

    var isGiven: Bool {
        state.withLock { state in
            if case .given = state { true } else { false }
        }
    }

    /// Waits for the value; only one caller may wait.
    func value() async -> Value {
        await withUnsafeContinuation { waiter in
            let value = state.withLock { state -> Value? in
                if case .given(let value) = state { return value }
                state = .waiting(waiter)
                return nil
            }
            if let value { waiter.resume(returning: value) }
        }
    }

    /// As ``value()``; cancelling the waiting task gives `substitute`.
    func value(whenCancelled substitute: Value) async -> Value {
        await withTaskCancellationHandler {
            await value()
        } onCancel: {
            give(substitute)
        }
    }
}
