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
        var text = String(text)
        guard let address = text.withUTF8({ Self(utf8: $0) }) else { return nil }
        self = address
    }

    /// As ``init(_:)``, over the text's UTF-8.
    public init?(utf8 text: UnsafeBufferPointer<UInt8>) {
        var value: UInt32 = 0
        var number: UInt32?
        var dots = 0
        for character in text {
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let next = (number ?? 0) * 10 + UInt32(character - UInt8(ascii: "0"))
                guard next < 256 else { return nil }
                number = next
            case UInt8(ascii: "."):
                guard let part = number, dots < 3 else { return nil }
                value = value << 8 | part
                number = nil
                dots += 1
            default: return nil
            }
        }
        guard let part = number, dots == 3 else { return nil }
        rawValue = value << 8 | part
    }

    public static let loopback = IPv4Address(127, 0, 0, 1)
    /// What the ledger reports when it knows none.
    public static let unknown = IPv4Address(0)

    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
