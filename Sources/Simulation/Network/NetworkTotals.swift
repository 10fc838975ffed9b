import NodeRuntime
import SessionProtocol

/// What crossed a simulated network.
public struct NetworkTotals: Sendable, Equatable {
    public var messages: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Messages that a rule stopped.
    public var lost: UInt64 = 0
    /// Digest of every message's way, size and time: two runs with equal digests carried the same messages. A sum, because
    /// messages of one moment have no order.
    public var digest: UInt64 = 0

    public init() {}

    mutating func add(size: Int, from: IPv4Address, to: IPv4Address, arrival: Int64) {
        messages += 1
        bytes += UInt64(size)
        var word = SplitMix64.mixed(UInt64(from.rawValue) << 32 | UInt64(to.rawValue))
        word = SplitMix64.mixed(word ^ UInt64(size))
        digest &+= SplitMix64.mixed(word ^ UInt64(bitPattern: arrival))
    }
}
