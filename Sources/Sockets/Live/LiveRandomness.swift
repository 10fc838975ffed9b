import NodeRuntime
import SessionProtocol

/// The system's cryptographic random source.
public struct LiveRandomness: Randomness {
    public init() {}

    public func next() -> UInt64 {
        var system = SystemRandomNumberGenerator()
        return system.next()
    }

    public func bytes(_ count: Int) -> Bytes {
        var result = Bytes()
        result.reserveCapacity(count + 7)
        while result.count < count { withUnsafeBytes(of: next()) { result.append(contentsOf: $0) } }
        return Bytes(result.prefix(count))
    }
}
