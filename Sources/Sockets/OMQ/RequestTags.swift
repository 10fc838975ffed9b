import SessionProtocol
import Synchronization

/// Names for the requests of one transport. Chance once and a count: only the peer that is asked sees a tag, over a
/// connection of its own, so that tags differ is enough, and the system need not be asked for each.
final class RequestTags: Sendable {
    private let start = LiveRandomness().bytes(7)
    private let last = Atomic<UInt64>(0)

    /// 15 bytes that this never returned before.
    func next() -> Bytes {
        let number = last.add(1, ordering: .relaxed).newValue
        return start + withUnsafeBytes(of: number) { Bytes($0) }
    }
}
