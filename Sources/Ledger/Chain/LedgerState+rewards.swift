/// The credits of a block, kept for as long as the same nodes are payable. No part of what a state is.
struct CreditsInForce: Sendable, Equatable {
    private var credits: BatchCredits?
    /// The first height at which another node counts as payable.
    private var validBefore: UInt64 = 0

    init() {}

    /// - Parameter make: works the credits out, and says below which height they hold.
    mutating func credits(
        at height: UInt64, _ make: () -> (credits: BatchCredits, validBefore: UInt64)
    ) -> BatchCredits {
        if let credits, height < validBefore { return credits }
        let (made, end) = make()
        credits = made
        validBefore = end
        return made
    }

    /// Nodes became active, and will be payable at a height.
    mutating func nodesJoin(payableFrom height: UInt64) { validBefore = min(validBefore, height) }

    static func == (left: Self, right: Self) -> Bool { true }
}

/// What a block minted, and what it takes to take that back.
struct BlockReward {
    var event: LedgerEvent?
    var credits: BatchCredits?
    var payouts: [(WalletAddress, Amount)] = []
}

extension LedgerState {
    /// Mints a block's reward (ledger §4.2 to §4.4).
    ///
    /// - Parameters:
    ///   - leader: who stood at the head of the queue before the block; it is paid also when it left in this very block,
    ///     as the block that pays it was begun before.
    ///   - events: of the block so far.
    mutating func reward(
        _ leader: ServiceNodeEntry?, height: UInt64, rules: LedgerRules, after events: [LedgerEvent]
    ) -> BlockReward {
        let share = Emission.shares(hardfork: rules.form.hardfork, height: height + rules.startHeight).serviceNodes
        switch rules.rewards {
        case .leader:
            guard let leader else { return BlockReward() }
            let amounts = RewardSplit.direct(
                share, among: leader.rewardParts, feePortions: leader.feePortions,
                requirement: leader.stakingRequirement, keepsDust: rules.form.hardfork >= 16)
            let payments = zip(leader.contributors, amounts).map { ($0.address, $1) }
            return BlockReward(event: mint(payments, to: leader))
        case .batched:
            if events.contains(where: \.endsPayments) { self.credits = CreditsInForce() }
            if events.contains(where: \.beginsPayments) {
                self.credits.nodesJoin(payableFrom: height + rules.blocksUntilPayable)
            }
            let credits = self.credits.credits(at: height) { nodes.credits(of: share, at: height, rules) }
            batch.accrue(credits)
            let payouts = batch.payouts(at: height)
            return BlockReward(event: mint(payouts, to: nil), credits: credits, payouts: payouts)
        }
    }

    /// - Returns: `nil` when there was nothing to pay.
    private mutating func mint(_ payments: [(WalletAddress, Amount)], to node: ServiceNodeEntry?) -> LedgerEvent? {
        let payments = payments.filter { $0.1 > .zero }
        guard !payments.isEmpty else { return nil }
        for (wallet, amount) in payments {
            balances[wallet] = (balances[wallet] ?? .zero) + amount
            figures.minted = figures.minted + amount
        }
        return .rewarded(
            node: node?.node, payments: payments.map { LedgerEvent.Payment(wallet: $0.0, amount: $0.1) })
    }
}

extension LedgerEvent {
    /// Whether a node may have been payable and is no more.
    fileprivate var endsPayments: Bool {
        switch self {
        case .expired, .decommissioned, .deregistered: true
        default: false
        }
    }

    /// Whether a node will be payable, if it stays.
    fileprivate var beginsPayments: Bool {
        switch self {
        case .activated, .recommissioned: true
        default: false
        }
    }
}

extension ServiceNodeList {
    /// What a block gives to all payable nodes, and below which height no other node becomes payable.
    fileprivate func credits(
        of share: Amount, at height: UInt64, _ rules: LedgerRules
    ) -> (credits: BatchCredits, validBefore: UInt64) {
        var payable: [BatchCredits.Node] = []
        var validBefore = UInt64.max
        for entry in values {
            guard case .active(let since) = entry.activity else { continue }
            if entry.isPayable(at: height, rules: rules) {
                payable.append(BatchCredits.Node(parts: entry.rewardParts, feePortions: entry.feePortions))
            } else {
                validBefore = min(validBefore, since + rules.blocksUntilPayable)
            }
        }
        return (BatchCredits(payable, sharing: share), validBefore)
    }
}

extension ServiceNodeEntry {
    /// What of everyone's stake counts, the operator's first.
    fileprivate var rewardParts: [RewardSplit.Part] {
        contributors.map { RewardSplit.Part(address: $0.address, amount: $0.amount) }
    }
}
