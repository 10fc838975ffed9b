import SessionProtocol

/// Where coins lie: a wallet's two public keys.
public struct WalletAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Authorises spending.
    public let spend: Ed25519PublicKey
    /// Identifies the wallet beside ``spend``; pay-out times derive from it.
    public let view: Ed25519PublicKey

    public init(spend: Ed25519PublicKey, view: Ed25519PublicKey) {
        self.spend = spend
        self.view = view
    }

    /// - Returns: `nil` unless there are 64 bytes.
    public init?(bytes: Bytes) {
        guard bytes.count == 64, let spend = Ed25519PublicKey(Bytes(bytes[..<32])),
            let view = Ed25519PublicKey(Bytes(bytes[32...]))
        else { return nil }
        self.init(spend: spend, view: view)
    }

    /// 64 bytes, spend key first, as registrations sign it (ledger §1.3).
    public var bytes: Bytes { spend.bytes + view.bytes }
    /// 128 lower-case hex digits; this ledger's own form, real addresses are base-58 with a checksum.
    public var description: String { Hex.encode(bytes) }

    /// As ``bytes`` are ordered.
    public static func < (left: Self, right: Self) -> Bool {
        left.spend == right.spend ? left.view < right.view : left.spend < right.spend
    }
}
