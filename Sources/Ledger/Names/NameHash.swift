import SessionCrypto
import SessionProtocol

/// What the ledger knows of a name: the BLAKE2b-256 hash of its lower-case letters (ledger §6.7).
public struct NameHash: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Exactly 32 bytes.
    public let bytes: Bytes

    /// - Returns: `nil` unless there are 32 bytes.
    public init?(_ bytes: Bytes) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    public init(of name: SessionName) { bytes = Digest.blake2b(Bytes(name.text.utf8)) }

    /// 64 lower-case hex digits.
    public var hex: String { Hex.encode(bytes) }
    public var description: String { hex }

    public static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}
