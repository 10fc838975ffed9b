import SessionProtocol

extension LedgerState {
    /// Enters a node and locks its operator's stake (ledger §1.3, §1.5).
    mutating func apply(
        _ registration: RegistrationTransaction, _ context: TransactionContext
    ) throws(RuleBroken) -> [LedgerEvent] {
        let requirement = context.rules.requirement(at: context.height)
        let reservations = try registration.checkedReservations(context, requirement: requirement)
        var entry = ServiceNodeEntry(
            node: registration.node, registrationHeight: context.height,
            registrationHardfork: context.rules.form.hardfork, stakingRequirement: requirement,
            feePortions: registration.validity.form == .portions
                ? registration.fee : RewardSplit.feePortions(basisPoints: registration.fee),
            contributors: reservations.map { .init(address: $0.address, reserved: $0.amount) },
            creditBase: context.rules.initialCreditBlocks, lastReward: context.position,
            lastIPChangeHeight: context.height)
        let isActivated = try contribute(
            registration.stake, by: registration.funder, nonce: registration.nonce, to: &entry, context)
        nodes[entry.node] = entry
        let registered = LedgerEvent.registered(node: entry.node, stake: registration.stake)
        return isActivated ? [registered, .activated(node: entry.node)] : [registered]
    }
}
