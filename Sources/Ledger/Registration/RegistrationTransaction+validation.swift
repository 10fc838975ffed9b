import SessionCrypto
import SessionProtocol

extension RegistrationTransaction {
    /// Checks everything that needs no chain: form, amounts and signatures, in the order of ledger §1.3.
    func validate(_ economics: LedgerEconomics) throws(RegistrationRefusal) {
        if let reason = fault(under: economics) { throw RegistrationRefusal(node: node, reason: reason) }
    }

    private func fault(under economics: LedgerEconomics) -> RegistrationRefusal.Reason? {
        let maximumSpots = LedgerConstants.maximumContributors
        guard hardfork == LedgerConstants.hardfork else {
            return .wrongHardfork(named: hardfork, required: LedgerConstants.hardfork)
        }
        guard let operatorSpot = spots.first, spots.count <= maximumSpots else {
            return .spotCount(spots.count, allowed: 1...maximumSpots)
        }
        if let fault = spotFault(requirement: economics.stakingRequirement) { return fault }
        guard feeBasisPoints <= LedgerConstants.wholeFee else {
            return .feeTooHigh(basisPoints: feeBasisPoints, maximum: LedgerConstants.wholeFee)
        }
        guard node.verifies(nodeSignature, of: signedBytes) else { return .badNodeSignature }
        guard funder == operatorSpot.address else { return .notFundedByOperator(funder: funder) }
        guard stake >= operatorSpot.amount else {
            return .stakeBelowReservation(stake: stake, reserved: operatorSpot.amount)
        }
        let maximumStake = operatorRoom(requirement: economics.stakingRequirement).scaled(by: 101, over: 100)
        guard stake <= maximumStake else { return .stakeTooLarge(stake: stake, maximum: maximumStake) }
        var seen: Set<WalletAddress> = []
        for spot in spots where !seen.insert(spot.address).inserted { return .repeatedAddress(spot.address) }
        guard funder.spend.verifies(funderSignature, of: authorisedBytes) else { return .badFunderSignature }
        return nil
    }

    /// The minimum of ledger §1.4: a quarter for the operator, for the others their even share of what is left.
    private func spotFault(requirement: Amount) -> RegistrationRefusal.Reason? {
        var room = requirement
        for (index, spot) in spots.enumerated() {
            let minimum =
                index == 0 ? requirement / 4 : room / UInt64(LedgerConstants.maximumContributors - index)
            guard spot.amount >= minimum else {
                return .spotTooSmall(spot: index, amount: spot.amount, minimum: minimum)
            }
            guard spot.amount <= room else {
                return .reservedTooMuch(spot: index, amount: spot.amount, room: room)
            }
            room = room - spot.amount
        }
        return nil
    }

    /// What the operator's stake can count for: all of the requirement that is not reserved for others.
    func operatorRoom(requirement: Amount) -> Amount {
        spots.dropFirst().reduce(requirement) { $0 - $1.amount }
    }
}
