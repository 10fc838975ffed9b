/// Where all coins are.
public struct LedgerTotals: Sendable, Equatable {
    /// The wallets' balances at genesis.
    public var initial: Amount
    /// Rewards since.
    public var minted: Amount
    /// In wallets, free to spend.
    public var free: Amount
    /// Locked for nodes on the list.
    public var staked: Amount
    /// Of deregistered nodes, waiting to become free.
    public var locked: Amount
    /// Gone for names.
    public var burnt: Amount

    /// Whether no coin was lost and none came from nowhere.
    public var isBalanced: Bool { initial + minted == free + staked + locked + burnt }
}
