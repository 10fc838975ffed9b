import Dispatch
import Foundation
import Orchestrator
import SessionProtocol
import Synchronization

/// What a verb prints while a network of its own runs, written on a thread of its own: a reader that is slow, stopped or
/// gone, and a disk that is full, hold up nothing and end nothing.
final class NetworkOutput: Sendable {
    private let queue = DispatchQueue(label: "output")
    private let waiting = DispatchGroup()
    private let hasComplained = Mutex(false)

    func write(_ bytes: Bytes) {
        inOrder { [self] in
            let failure = WholeWrite.write(bytes, to: STDOUT_FILENO)
            // The next line is tried again: there may be room by then.
            guard failure != 0, isFirst() else { return }
            Console.error(
                "cannot write to the standard output: \(String(cString: strerror(failure))); the network does not depend on it, and the "
                    + "exit code tells how it ends")
        }
    }

    private func isFirst() -> Bool {
        hasComplained.withLock { hasComplained in
            defer { hasComplained = true }
            return !hasComplained
        }
    }

    /// Does something once all that was printed before is written, or cannot be.
    func inOrder(_ body: @escaping @Sendable () -> Void) { queue.async(group: waiting, execute: body) }

    /// Waits until everything is written, or cannot be.
    /// - Parameter patience: at most so long; `nil` for as long as it takes.
    func finish(patience: DispatchTimeInterval?) {
        _ = waiting.wait(timeout: patience.map { .now() + $0 } ?? .distantFuture)
    }
}
