/// A dotted-quad address.
public struct IPv4Address: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Host byte order: 127.0.0.1 is 0x7f000001.
    public let rawValue: UInt32

    public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// - Returns: `nil` unless the text is four decimal numbers of 0–255 with dots between.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let number = UInt8(digits: part) else { return nil }
            value = value << 8 | UInt32(number)
        }
        rawValue = value
    }

    public static let loopback = IPv4Address(127, 0, 0, 1)
    /// What the ledger reports when it knows none.
    public static let unknown = IPv4Address(0)

    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
