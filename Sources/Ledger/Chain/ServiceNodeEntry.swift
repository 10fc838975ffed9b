import SessionProtocol

/// A node as the ledger knows it (ledger §1.1).
public struct ServiceNodeEntry: Sendable, Equatable {
    /// Someone with a stake in the node, or with a spot reserved for one.
    public struct Contributor: Sendable, Equatable {
        public var address: WalletAddress
        /// The spot; more than ``amount`` while it is not filled.
        public var reserved: Amount
        /// What counts towards the requirement.
        public var amount: Amount
        public var stakes: [Stake]
    }

    /// One locked output.
    public struct Stake: Sendable, Equatable {
        /// What was locked: at least what counts.
        public var amount: Amount
        /// 32 bytes that name this stake and no other.
        public var keyImage: Bytes
        public var outputKey: Bytes
    }

    public let node: LegacyPublicKey
    public let registrationHeight: UInt64
    public let registrationHardfork: UInt8
    /// As it was at registration.
    public let stakingRequirement: Amount
    public let feeBasisPoints: UInt64
    /// The operator comes first.
    public var contributors: [Contributor]
    /// When the stake became complete; `nil` before.
    public var activeSince: UInt64?
    /// The down-time the node was forgiven when it became active, in blocks.
    public var creditBase: UInt64
    /// The node's place in the queue for rewards.
    public var lastRewardHeight: UInt64
    public var lastRewardTransactionIndex: UInt32
    /// ``SwarmID/unassigned`` while it has none.
    public var swarm: SwarmID

    public var totalContributed: Amount { contributors.reduce(.zero) { $0 + $1.amount } }
    public var totalReserved: Amount { contributors.reduce(.zero) { $0 + max($1.reserved, $1.amount) } }
    /// Everything that left a wallet for this node.
    public var totalLocked: Amount {
        contributors.reduce(.zero) { $1.stakes.reduce($0) { $0 + $1.amount } }
    }
    /// Whether the stake is complete.
    public var isFunded: Bool { totalContributed >= stakingRequirement }
    /// Whether the node takes part: funded, and not set aside.
    public var isActive: Bool { activeSince != nil }
}
