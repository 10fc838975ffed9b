import SessionCrypto
import SessionProtocol

extension LedgerState {
    /// Lets one contributor end a node for everyone (ledger §1.6).
    mutating func apply(_ unlock: UnlockTransaction, _ context: TransactionContext) throws(RuleBroken) -> [LedgerEvent]
    {
        guard var entry = nodes[unlock.node] else { throw RuleBroken(.notRegistered) }
        let owner = entry.contributors.first { $0.stakes.contains { $0.keyImage == unlock.keyImage } }
        guard let owner, let stake = owner.stakes.first(where: { $0.keyImage == unlock.keyImage }) else {
            throw RuleBroken(.keyImageNotLocked(unlock.keyImage))
        }
        if let height = entry.requestedUnlockHeight { throw RuleBroken(.unlockPending(height: height)) }
        guard owner.address.spend.verifies(unlock.signature, of: unlock.authorisedBytes) else {
            throw RuleBroken(.notOwner(owner.address))
        }
        try checkSize(of: stake, in: entry, context)
        let leaves = context.height + context.rules.unlockBlocks
        entry.requestedUnlockHeight = leaves
        nodes[entry.node] = entry
        figures.earliestUnlock = min(figures.earliestUnlock ?? leaves, leaves)
        return [.unlockRequested(node: entry.node, height: leaves)]
    }

    /// From hard fork 19 on small contributors must give an operator some time.
    private func checkSize(
        of stake: ServiceNodeEntry.Stake, in entry: ServiceNodeEntry, _ context: TransactionContext
    ) throws(RuleBroken) {
        guard context.rules.form == .amounts else { return }
        let minimum = entry.stakingRequirement.scaled(by: 2_499, over: 10_000)
        let allowedFrom = entry.registrationHeight + context.rules.smallStakeBlocks
        guard stake.amount < minimum, context.height < allowedFrom else { return }
        throw RuleBroken(.smallStakeTooEarly(stake: stake.amount, minimum: minimum, height: allowedFrom))
    }
}
