import SessionProtocol

/// A wallet and what it holds.
public struct WalletBalance: Sendable, Equatable {
    public let wallet: WalletAddress
    /// Free to spend.
    public let free: Amount
    /// Locked for nodes on the list.
    public let staked: Amount
    /// Of deregistered nodes, waiting to become free.
    public let locked: Amount
}

/// A stake of a deregistered node, which waits to become free (ledger §1.6).
public struct BlacklistedStake: Sendable, Equatable {
    /// 32 bytes.
    public let keyImage: Bytes
    public let wallet: WalletAddress
    public let amount: Amount
    /// Free in the block of this height.
    public let unlockHeight: UInt64
}

/// One test quorum (ledger §3.2).
public struct QuorumReport: Sendable, Equatable {
    public let height: UInt64
    /// Who judges, in the order of vote indices.
    public let validators: [LegacyPublicKey]
    /// Who is judged, in the order of vote indices.
    public let workers: [LegacyPublicKey]
}
