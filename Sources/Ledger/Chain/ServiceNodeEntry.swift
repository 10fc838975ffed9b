import SessionProtocol

/// A node as the ledger knows it (ledger §1.1).
public struct ServiceNodeEntry: Sendable, Equatable {
    /// Someone with a stake in the node, or with a spot reserved for one.
    public struct Contributor: Sendable, Equatable {
        public var address: WalletAddress
        /// The spot as registered; no more than ``amount`` once it is filled.
        public var reserved: Amount
        /// What counts towards the requirement.
        public var amount: Amount
        public var stakes: [Stake]

        public init(address: WalletAddress, reserved: Amount, amount: Amount = .zero, stakes: [Stake] = []) {
            self.address = address
            self.reserved = reserved
            self.amount = amount
            self.stakes = stakes
        }

        /// What is still missing of the spot.
        public var unfilled: Amount { reserved.less(amount) }
    }

    /// One locked output.
    public struct Stake: Sendable, Equatable {
        /// 32 bytes that name this stake and no other.
        public var keyImage: Bytes
        public var outputKey: Bytes
        /// What was locked: at least what counts.
        public var amount: Amount

        public init(keyImage: Bytes, outputKey: Bytes, amount: Amount) {
            self.keyImage = keyImage
            self.outputKey = outputKey
            self.amount = amount
        }
    }

    /// Whether a node takes part.
    public enum Activity: Sendable, Equatable {
        /// The stake is not complete.
        case unfunded
        /// Since its last activation or recommission.
        case active(since: UInt64)
        /// Set aside at `at`, after having been active since `activeSince`.
        case decommissioned(activeSince: UInt64, at: UInt64)
    }

    /// The node's identity.
    public let node: LegacyPublicKey
    public let registrationHeight: UInt64
    public let registrationHardfork: UInt8
    /// As it was at registration.
    public let stakingRequirement: Amount
    /// The operator's share of rewards, of 2⁶⁴ − 4 (``LedgerConstants/portions``).
    public let feePortions: UInt64
    /// The operator comes first.
    public var contributors: [Contributor]
    public var activity: Activity = .unfunded
    /// 0: never.
    public var lastDecommissionHeight: UInt64 = 0
    public var decommissionCount: UInt32 = 0
    /// What all votes of the last decommission named (ledger §2.7).
    public var reasonsAll: UInt16 = 0
    /// What any vote of the last decommission named.
    public var reasonsAny: UInt16 = 0
    /// The down-time the node was forgiven when it became active, in blocks.
    public var creditBase: UInt64
    /// The node is gone in the first block above; `nil` while nobody wants out.
    public var requestedUnlockHeight: UInt64?
    /// The node's place in the queue for rewards.
    public var lastReward: QueuePosition
    public var lastIPChangeHeight: UInt64
    /// ``SwarmID/unassigned`` while it has none.
    public var swarm: SwarmID = .unassigned

    /// The wallet of the first spot.
    public var operatorAddress: WalletAddress { contributors[0].address }
    /// What counts towards the requirement, of all contributors.
    public var totalContributed: Amount { contributors.reduce(.zero) { $0 + $1.amount } }
    /// What counts, and what is kept for spots that are not filled.
    public var totalReserved: Amount { contributors.reduce(.zero) { $0 + max($1.reserved, $1.amount) } }
    /// Everything that left a wallet for this node.
    public var totalLocked: Amount {
        contributors.reduce(.zero) { $1.stakes.reduce($0) { $0 + $1.amount } }
    }
    /// Stakes made, by whomever.
    public var stakeCount: Int { contributors.reduce(0) { $0 + $1.stakes.count } }
    /// Whether the stake is complete.
    public var isFunded: Bool { activity != .unfunded }
    /// Whether the node takes part: funded, and not set aside.
    public var isActive: Bool { if case .active = activity { true } else { false } }
    /// Whether the node was set aside and may come back.
    public var isDecommissioned: Bool { if case .decommissioned = activity { true } else { false } }
    /// When it last became active, also while it is set aside; `nil` before its stake was complete.
    public var activeSince: UInt64? {
        switch activity {
        case .unfunded: nil
        case .active(let since), .decommissioned(let since, _): since
        }
    }

    /// Whether the node has been active long enough to be paid from batches.
    public func isPayable(at height: UInt64, rules: LedgerRules) -> Bool {
        guard case .active(let since) = activity else { return false }
        return height >= since + rules.blocksUntilPayable
    }

    /// The down-time that would be forgiven after the block of this height, in blocks; may be negative (ledger §2.5).
    public func credit(at height: UInt64, rules: LedgerRules) -> Int64 {
        rules.credit.blocks(base: creditBase, activity: activity, at: height)
    }
}

extension LedgerRules {
    /// The rules of down-time.
    var credit: DecommissionCredit {
        DecommissionCredit(
            initial: initialCreditBlocks, minimum: minimumCreditBlocks, maximum: maximumCreditBlocks,
            blocksPerCreditBlock: blocksPerCreditBlock)
    }
}
