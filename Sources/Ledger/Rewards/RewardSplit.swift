/// How one node's reward is divided among those who staked for it (ledger §4.3, §4.4). All products are 128 bits wide.
public enum RewardSplit {
    /// Someone's part in a node.
    public struct Part: Sendable, Equatable {
        public var address: WalletAddress
        /// What of the stake counts.
        public var amount: Amount

        public init(address: WalletAddress, amount: Amount) {
            self.address = address
            self.amount = amount
        }
    }

    /// The denominator of fee portions, 2⁶⁴ - 4.
    public static let portions: UInt64 = .max - 3

    /// - Parameter basisPoints: 0–10,000.
    /// - Returns: the same fee in ``portions``.
    public static func feePortions(basisPoints: UInt64) -> UInt64 {
        scale(portions, by: min(basisPoints, 10_000), over: 10_000)
    }

    /// A reward paid out in the block that earns it (hard forks 9–18): the operator's fee and everyone's part of the
    /// rest, by stake over the requirement.
    ///
    /// - Parameters:
    ///   - parts: the operator's first; together at most the requirement.
    ///   - requirement: the node's own, more than nothing.
    ///   - keepsDust: whether what rounding leaves over goes to the operator (from hard fork 16) or to nobody.
    /// - Returns: as many amounts as `parts`, in their order; together never more than `reward`.
    public static func direct(
        _ reward: Amount, among parts: [Part], feePortions: UInt64, requirement: Amount, keepsDust: Bool
    ) -> [Amount] {
        let shared = portions - min(feePortions, portions)
        var amounts = parts.enumerated().map { index, part in
            let ofStake = scale(min(part.amount, requirement).atomic, by: shared, over: requirement.atomic)
            let portion = index == 0 ? ofStake + (portions - shared) : ofStake
            return Amount(atomic: scale(reward.atomic, by: portion, over: portions))
        }
        if keepsDust, !amounts.isEmpty {
            amounts[0] = amounts[0] + (reward - amounts.reduce(.zero, +))
        }
        return amounts
    }

    /// A share credited to a node's contributors (from hard fork 19): first the operator's fee, then everyone's part of
    /// the rest, by stake over the sum of stakes. What rounding leaves over is nobody's.
    ///
    /// - Parameters:
    ///   - share: in any unit; batches count thousandths of an atomic unit.
    ///   - parts: the operator's first.
    /// - Returns: as many amounts as `parts`, in their order and the unit of `share`; zeros when nothing is staked.
    public static func credits(of share: UInt64, among parts: [Part], feePortions: UInt64) -> [UInt64] {
        let total = parts.reduce(UInt64.zero) { $0 + $1.amount.atomic }
        guard total > 0 else { return parts.map { _ in 0 } }
        let fee = scale(share, by: min(feePortions, portions), over: portions)
        return parts.enumerated().map { index, part in
            scale(part.amount.atomic, by: share - fee, over: total) + (index == 0 ? fee : 0)
        }
    }

    /// `value * numerator / denominator`, truncated; the quotient must fit 64 bits.
    private static func scale(_ value: UInt64, by numerator: UInt64, over denominator: UInt64) -> UInt64 {
        Amount(atomic: value).scaled(by: numerator, over: denominator).atomic
    }
}
