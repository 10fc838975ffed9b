/// A mailbox on the network: one type byte and 32 key bytes (storage-node §1.3).
public struct AccountID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Exactly 33 bytes, the type byte first.
    public let bytes: Bytes

    /// The type byte of a Session ID: the key is X25519 and owners sign with a separate Ed25519 key.
    public static let sessionPrefix: UInt8 = 0x05

    /// - Returns: `nil` unless there are 33 bytes.
    public init?(_ bytes: Bytes) {
        guard bytes.count == 33 else { return nil }
        self.bytes = bytes
    }

    /// - Parameter text: 66 hex digits, or 33 raw bytes as a string.
    public init?(text: String) {
        if let bytes = Hex.decode(text), bytes.count == 33 {
            self.init(bytes)
        } else {
            self.init(Bytes(text.utf8))
        }
    }

    public init(session key: X25519PublicKey) { bytes = [Self.sessionPrefix] + key.bytes }

    /// The type byte: 05 for Session IDs, 03 for groups.
    public var prefix: UInt8 { bytes[0] }
    /// The 32 bytes after the type byte.
    public var key: Bytes { Bytes(bytes[1...]) }
    /// 66 lower-case hex digits.
    public var hex: String { Hex.encode(bytes) }
    public var description: String { hex }
    /// Enough to tell accounts apart in a log, too little to address one.
    public var obscured: String { "\(hex.prefix(4))…\(hex.suffix(2))" }

    public static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
