#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A 32-byte public key of one kind; the kinds cannot be mixed up.
public struct Key<Kind>: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Exactly 32 bytes.
    public let bytes: Bytes

    /// - Returns: `nil` unless there are 32 bytes.
    public init?(_ bytes: Bytes) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// - Returns: `nil` unless the text is 64 hex digits.
    public init?(hex: some StringProtocol) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes)
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.bytes.withUnsafeBytes { left in
            right.bytes.withUnsafeBytes { right in
                // Keys are looked up for every message, and a loop over bytes takes far longer.
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return memcmp(left, right, 32) == 0
            }
        }
    }

    public func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    /// 64 lower-case hex digits.
    public var hex: String { Hex.encode(bytes) }
    public var description: String { hex }

    public static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// Kinds of ``Key``.
public enum KeyKind {
    public enum Legacy {}
    public enum Ed25519 {}
    public enum X25519 {}
}

/// A node's registry key, "primary" on the ledger: storage-node §1.
public typealias LegacyPublicKey = Key<KeyKind.Legacy>
/// A signing key: node replies, account requests, onion destinations.
public typealias Ed25519PublicKey = Key<KeyKind.Ed25519>
/// A key-agreement key: CURVE connections, onion layers.
public typealias X25519PublicKey = Key<KeyKind.X25519>

extension Key where Kind == KeyKind.Legacy {
    /// The node's `.snode` address as clients see it (storage-node §1.1).
    public var snodeAddress: String { Base32z.encode(bytes) + ".snode" }
}
