import NodeRuntime
import SessionProtocol

/// The system's cryptographic random source.
public struct LiveRandomness: Randomness {
    /// All values draw from the same source.
    public init() {}

    /// 64 bits.
    public func next() -> UInt64 {
        var system = SystemRandomNumberGenerator()
        return system.next()
    }

    /// `count` bytes, fit for keys and nonces.
    public func bytes(_ count: Int) -> Bytes {
        var result = Bytes()
        result.reserveCapacity(count + 7)
        while result.count < count { withUnsafeBytes(of: next()) { result.append(contentsOf: $0) } }
        return Bytes(result.prefix(count))
    }
}
