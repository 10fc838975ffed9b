import SessionProtocol

/// A point on the ring of 2⁶⁴ positions that accounts share with swarm ids (storage-node §6).
public struct SwarmPosition: Sendable, Hashable {
    public let rawValue: UInt64

    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Where an account sits: its 32 key bytes, without the type byte, read as four big-endian words and XORed
    /// together.
    public init(account: AccountID) {
        let key = account.key
        rawValue = stride(from: 0, to: key.count, by: 8).reduce(0) { position, start in
            position ^ key[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
