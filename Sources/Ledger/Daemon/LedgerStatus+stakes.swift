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
    /// Earned in batches and not paid yet, in whole atomic units; not in circulation before it is.
    public let accrued: Amount
}

/// A node's place in the queue for rewards (ledger §4.1).
public struct RewardTurn: Sendable, Equatable {
    public let node: LegacyPublicKey
    /// When it last won, or was last moved to the end.
    public let last: QueuePosition
}
