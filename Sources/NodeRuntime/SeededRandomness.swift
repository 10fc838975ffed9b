import SessionProtocol
import Synchronization

/// A repeatable stream of chance from a 64-bit seed (SplitMix64).
///
/// Not for secrets in a network that outsiders may join: whoever knows the seed knows every draw.
public final class SeededRandomness: Randomness {
    private let state: Mutex<UInt64>

    public init(seed: UInt64) { state = Mutex(seed) }

    public func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }

    public func bytes(_ count: Int) -> Bytes {
        var result = Bytes()
        result.reserveCapacity(count + 7)
        while result.count < count { withUnsafeBytes(of: next().littleEndian) { result.append(contentsOf: $0) } }
        return Bytes(result.prefix(count))
    }
}
