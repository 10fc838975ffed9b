import SessionProtocol
import Synchronization

/// Keeps the stores of an account in the order in which they began, here and in what the other members are sent. What
/// comes before a store's commit may take one of them longer than the next; everything else goes on side by side.
final class StoreOrder: Sendable {
    /// The last of each account that has not been handed to the database yet.
    private let last = Mutex<[AccountID: Turn]>([:])

    /// A store's place in the order. Whoever has one passes it on in the end, whatever became of the store.
    final class Turn: Sendable {
        private struct State {
            var previous: Turn?
            var isPast = false
            /// The one store that comes after this one.
            var next: CheckedContinuation<Void, Never>?
        }

        private let state: Mutex<State>

        fileprivate init(after previous: Turn?) { state = Mutex(State(previous: previous)) }

        /// Returns when all that began earlier have been passed on.
        func comesUp() async {
            let previous = state.withLock { state in
                defer { state.previous = nil }
                return state.previous
            }
            await previous?.untilPast()
        }

        private func untilPast() async {
            guard !state.withLock({ $0.isPast }) else { return }
            await withCheckedContinuation { waiter in
                let isPast = state.withLock { state in
                    if !state.isPast { state.next = waiter }
                    return state.isPast
                }
                if isPast { waiter.resume() }
            }
        }

        fileprivate func pass() {
            let next = state.withLock { state in
                state.isPast = true
                state.previous = nil
                defer { state.next = nil }
                return state.next
            }
            next?.resume()
        }
    }

    /// Must be called before the store waits for anything.
    func begin(_ account: AccountID) -> Turn {
        last.withLock { last in
            let turn = Turn(after: last[account])
            last[account] = turn
            return turn
        }
    }

    /// The store is on its way to the database, or will not go there. Doing it again does nothing.
    func pass(_ turn: Turn, of account: AccountID) {
        last.withLock { if $0[account] === turn { $0[account] = nil } }
        turn.pass()
    }
}
