import SessionCrypto
import SessionProtocol

/// What a further stake in a node must be (ledger §1.4, §1.5).
///
/// These are the rules from hard fork 16 on, under both forms of registration; the forms differ in the number of slots.
struct ContributionLimits: Equatable {
    /// The rest of the contributor's own spot; that must come in one go.
    let unfilled: Amount
    /// Stakes made.
    let stakes: Int
    /// Spots of others that are not filled.
    let reservedByOthers: Int
    let minimum: Amount
    /// 101 % of ``room``.
    let maximum: Amount
    /// What can count.
    let room: Amount

    init(of entry: ServiceNodeEntry, for wallet: WalletAddress, maximumContributors: Int) {
        let own = entry.contributors.first { $0.address == wallet }
        unfilled = own?.unfilled ?? .zero
        stakes = entry.stakeCount
        reservedByOthers = entry.contributors.count { $0.address != wallet && $0.unfilled > .zero }
        let free = entry.stakingRequirement.less(entry.totalReserved)
        let slots = maximumContributors - stakes - reservedByOthers
        minimum = unfilled > .zero ? unfilled : MinimumContribution.further(free, slots: slots)
        room = free + unfilled
        maximum = room.scaled(by: 101, over: 100)
    }
}

/// The smallest stake or spot that is allowed (ledger §1.4, from hard fork 11 on).
enum MinimumContribution {
    /// - Parameters:
    ///   - free: what of the requirement nobody has staked or reserved.
    ///   - slots: that are still to be had; without one, nothing is small enough, and the answer is all of `free`.
    static func further(_ free: Amount, slots: Int) -> Amount { slots > 0 ? free / UInt64(slots) : free }

    /// - Returns: what the first spot must reserve.
    static func ofOperator(_ requirement: Amount) -> Amount { requirement / 4 }
}

extension LedgerState {
    /// Adds a stake to a node (ledger §1.5).
    mutating func apply(_ stake: StakeTransaction, _ context: TransactionContext) throws(RuleBroken) -> [LedgerEvent] {
        guard var entry = nodes[stake.node] else { throw RuleBroken(.notRegistered) }
        guard !entry.isFunded else { throw RuleBroken(.alreadyFunded(requirement: entry.stakingRequirement)) }
        guard stake.contributor.spend.verifies(stake.signature, of: stake.authorisedBytes) else {
            throw RuleBroken(.badSignature(by: stake.contributor))
        }
        let isActivated = try contribute(
            stake.amount, by: stake.contributor, nonce: stake.nonce, to: &entry, context)
        nodes[entry.node] = entry
        let contributed = LedgerEvent.contributed(
            node: entry.node, wallet: stake.contributor, amount: stake.amount)
        return isActivated ? [contributed, .activated(node: entry.node)] : [contributed]
    }

    /// Checks a stake against the node's slots and room, and locks it.
    /// - Returns: whether the node's stake is complete now.
    mutating func contribute(
        _ amount: Amount, by wallet: WalletAddress, nonce: UInt64, to entry: inout ServiceNodeEntry,
        _ context: TransactionContext
    ) throws(RuleBroken) -> Bool {
        let limits = ContributionLimits(
            of: entry, for: wallet, maximumContributors: context.rules.maximumContributors)
        guard limits.stakes + limits.reservedByOthers + 1 <= context.rules.maximumContributors else {
            throw RuleBroken(
                .noSlotLeft(
                    stakes: limits.stakes, reserved: limits.reservedByOthers,
                    maximum: context.rules.maximumContributors))
        }
        guard amount >= limits.minimum else {
            throw RuleBroken(
                limits.unfilled > .zero
                    ? .reservationNotFilled(stake: amount, unfilled: limits.unfilled)
                    : .stakeTooSmall(stake: amount, minimum: limits.minimum))
        }
        guard amount <= limits.maximum else {
            throw RuleBroken(.stakeTooLarge(stake: amount, maximum: limits.maximum))
        }
        try checkUnused(KeyImage.of(wallet, nonce: nonce))
        _ = try balance(of: wallet, atLeast: amount)
        lock(amount, counted: min(amount, limits.room), of: wallet, nonce: nonce, in: &entry)
        entry.lastReward = context.position
        guard entry.totalContributed >= entry.stakingRequirement else { return false }
        entry.activity = .active(since: context.height)
        return true
    }

    private func checkUnused(_ keyImage: Bytes) throws(RuleBroken) {
        switch keyImages[keyImage] {
        case nil: return
        case .locked(let node): throw RuleBroken(.keyImageLocked(by: node))
        case .blacklisted(let height): throw RuleBroken(.keyImageBlacklisted(until: height))
        case .spent: throw RuleBroken(.keyImageSpent)
        }
    }
}
