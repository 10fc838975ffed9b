import SessionProtocol
import Storage
import Synchronization

/// Room for what one answer holds: the answers of a batch share it, which would otherwise be twenty times what any of
/// them may be. Who is told that there is more asks again.
final class AnswerRoom: Sendable {
    private let left: Atomic<Int>

    /// - Parameter bytes: counted as ``RetrieveLimits`` counts.
    init(bytes: Int = Limits.retrieveBytes) { left = Atomic(bytes) }

    /// What a retrieve may return now. It returns one message in any case.
    func limits(within limits: RetrieveLimits) -> RetrieveLimits {
        var limits = limits
        limits.maximumBytes = min(limits.maximumBytes, max(0, left.load(ordering: .relaxed)))
        return limits
    }

    /// Takes room for something that is here already.
    /// - Returns: `false` when there was none left for any of it.
    @discardableResult
    func take(_ bytes: Int) -> Bool { left.subtract(bytes, ordering: .relaxed).oldValue > 0 }
}
