import SessionCrypto
import SessionProtocol

extension RegistrationTransaction {
    /// Checks everything that needs no list of nodes, in the order of ledger §1.3.
    /// - Returns: the spots in coins.
    func checkedReservations(
        _ context: TransactionContext, requirement: Amount
    ) throws(RuleBroken) -> [Reservation] {
        let rules = context.rules
        try checkForm(rules)
        guard (1...rules.maximumContributors).contains(spots.count) else {
            throw RuleBroken(.spotCount(spots.count, allowed: 1...rules.maximumContributors))
        }
        let reservations = try reservations(of: requirement, maximumContributors: rules.maximumContributors)
        let wholeFee = validity.form == .portions ? LedgerConstants.portions : LedgerConstants.wholeFee
        guard fee <= wholeFee else { throw RuleBroken(.feeTooHigh(fee, maximum: wholeFee)) }
        if case .expires(let time) = validity, time < context.timestamp {
            throw RuleBroken(.expired(at: time, blockTime: context.timestamp))
        }
        guard node.verifies(nodeSignature, of: signedBytes) else { throw RuleBroken(.badNodeSignature) }
        guard funder == spots[0].address else { throw RuleBroken(.notFundedByOperator(funder: funder)) }
        guard stake >= reservations[0].amount else {
            throw RuleBroken(.stakeBelowReservation(stake: stake, reserved: reservations[0].amount))
        }
        var seen: Set<WalletAddress> = []
        for spot in spots where !seen.insert(spot.address).inserted {
            throw RuleBroken(.repeatedAddress(spot.address))
        }
        guard funder.spend.verifies(funderSignature, of: authorisedBytes) else {
            throw RuleBroken(.badSignature(by: funder))
        }
        return reservations
    }

    private func checkForm(_ rules: LedgerRules) throws(RuleBroken) {
        guard validity.form == rules.form else { throw RuleBroken(.wrongForm(validity.form, required: rules.form)) }
        guard case .hardfork(let named) = validity else { return }
        guard named == rules.form.hardfork else {
            throw RuleBroken(.wrongHardfork(named: named, required: rules.form.hardfork))
        }
    }

    /// The minimum of ledger §1.4 for each spot in turn, measured in the unit of the form.
    private func reservations(
        of requirement: Amount, maximumContributors: Int
    ) throws(RuleBroken) -> [Reservation] {
        let isPortions = validity.form == .portions
        let whole = isPortions ? Amount(atomic: LedgerConstants.portions) : requirement
        let worth = { (value: Amount) in
            isPortions ? requirement.scaled(by: value.atomic, over: LedgerConstants.portions) : value
        }
        var room = whole
        var reservations: [Reservation] = []
        for (index, spot) in spots.enumerated() {
            let value = Amount(atomic: spot.value)
            let minimum =
                index == 0
                ? MinimumContribution.ofOperator(whole)
                : MinimumContribution.further(room, slots: maximumContributors - index)
            guard value <= room else {
                throw RuleBroken(
                    .reservedTooMuch(spot: index, amount: value > whole ? value : worth(value), room: worth(room)))
            }
            guard value >= minimum else {
                throw RuleBroken(.spotTooSmall(spot: index, amount: worth(value), minimum: worth(minimum)))
            }
            reservations.append(Reservation(address: spot.address, amount: worth(value)))
            room = room - value
        }
        return reservations
    }
}
