/// A swarm's place on the ring (ledger §5.1).
public struct SwarmID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// - Parameter hex: up to 16 hex digits, leading zeros optional.
    public init?(hex: String) {
        guard let value = UInt64(hex, radix: 16) else { return nil }
        rawValue = value
    }

    /// What the ledger reports for a node without a swarm.
    public static let unassigned = SwarmID(.max)

    /// Lower-case hex without leading zeros, as clients and the ledger print it.
    public var hex: String { String(rawValue, radix: 16) }
    public var description: String { hex }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
