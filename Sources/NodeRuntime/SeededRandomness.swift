import SessionProtocol
import Synchronization

/// A repeatable stream of chance from a 64-bit seed (SplitMix64).
///
/// Not for secrets in a network that outsiders may join: whoever knows the seed knows every draw.
public final class SeededRandomness: Randomness {
    private let generator: Mutex<SplitMix64>

    public init(seed: UInt64) { generator = Mutex(SplitMix64(state: seed)) }

    public func next() -> UInt64 { generator.withLock { $0.next() } }

    public func bytes(_ count: Int) -> Bytes {
        var result = Bytes()
        result.reserveCapacity(count + 7)
        while result.count < count { withUnsafeBytes(of: next().littleEndian) { result.append(contentsOf: $0) } }
        return Bytes(result.prefix(count))
    }
}
