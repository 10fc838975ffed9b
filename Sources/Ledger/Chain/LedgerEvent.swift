import SessionProtocol

/// What a block did.
public enum LedgerEvent: Sendable, Equatable {
    /// Coins that came into being in a wallet.
    public struct Payment: Sendable, Equatable {
        public let wallet: WalletAddress
        public let amount: Amount

        public init(wallet: WalletAddress, amount: Amount) {
            self.wallet = wallet
            self.amount = amount
        }
    }

    /// A node entered the list; `stake` is what left the operator's wallet.
    case registered(node: LegacyPublicKey, stake: Amount)
    /// Another stake was locked; `amount` is what left the wallet.
    case contributed(node: LegacyPublicKey, wallet: WalletAddress, amount: Amount)
    /// A node's stake is complete.
    case activated(node: LegacyPublicKey)
    /// A contributor wants its stake back; the node is gone in the first block above `height`.
    case unlockRequested(node: LegacyPublicKey, height: UInt64)
    /// A node left as it had asked to.
    case expired(node: LegacyPublicKey)
    /// Stakes in a node that is gone are free again.
    case stakesReleased(amount: Amount, node: LegacyPublicKey)
    /// A node was set aside; `reasons` are those any vote named (ledger §2.7).
    case decommissioned(node: LegacyPublicKey, reasons: TestFailures, forced: Bool)
    /// A node that was set aside takes part again.
    case recommissioned(node: LegacyPublicKey, forced: Bool)
    /// A node was thrown out; its stakes are free in the block of height `lockedUntil`.
    case deregistered(node: LegacyPublicKey, reasons: TestFailures, lockedUntil: UInt64, forced: Bool)
    /// A node lost its place in the queue because it moved between addresses.
    case addressPenalised(node: LegacyPublicKey)
    /// Rewards were minted: to the contributors of `node`, or, without one, to the wallets whose turn it was.
    case rewarded(node: LegacyPublicKey?, payments: [Payment])
    /// Coins changed hands.
    case transferred(from: WalletAddress, to: WalletAddress, amount: Amount)
    /// A name was bought.
    case nameRegistered(hash: Bytes, burnt: Amount)
    /// A transaction that waited no longer held when its block was made, and is in none.
    case dropped(TransactionRefusal)
    /// The set of active nodes changed, and swarms were worked out anew.
    case swarmsAssigned
}
