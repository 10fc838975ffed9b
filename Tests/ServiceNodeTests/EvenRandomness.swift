import NodeRuntime
import SessionProtocol

/// Chance without surprises: every draw is the same number.
struct EvenRandomness: Randomness {
    /// The default is what makes every normal variate its mean.
    var number: UInt64 = 0x7fff_8000_7fff_8000

    func next() -> UInt64 { number }
    func bytes(_ count: Int) -> Bytes { Bytes(repeating: 7, count: count) }
}
