import SessionProtocol

/// Chance as one node or client sees it: real entropy in the real modes, a seeded stream in simulation.
public protocol Randomness: Sendable {
    /// The next 64 random bits.
    func next() -> UInt64
    /// `count` random bytes, fit for nonces and keys in the real modes.
    func bytes(_ count: Int) -> Bytes
}

/// Lets the standard library's `using:` overloads draw from a ``Randomness``.
public struct RandomSource: RandomNumberGenerator {
    private let randomness: any Randomness

    public init(_ randomness: any Randomness) { self.randomness = randomness }

    public mutating func next() -> UInt64 { randomness.next() }
}
