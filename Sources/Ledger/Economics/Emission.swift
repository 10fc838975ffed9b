/// What a block brings into the world (ledger §4.2).
public enum Emission {
    /// How a block's reward is divided.
    public struct Shares: Sendable, Equatable {
        public var serviceNodes: Amount
        public var governance: Amount
        public var miner: Amount
    }

    /// A block's reward before any penalty for its size.
    ///
    /// - Parameters:
    ///   - hardfork: 7–20; from 21 on another chain dictates rewards.
    ///   - height: of the block, on a chain as long as the main network's.
    ///   - supply: coins before the block; counts in hard fork 7 only.
    public static func reward(hardfork: UInt8, height: UInt64, supply: Amount = .zero) -> Amount {
        precondition((7...20).contains(hardfork), "no emission is defined for hard fork \(hardfork); 7 to 20 have one")
        return switch hardfork {
        case 7: early(supply: supply)
        case 8...14: Amount(atomic: UInt64(28e9 + curve.amount(after: height)))
        case 15, 16: .coins(25)
        default: Amount(atomic: 18_333_333_333)
        }
    }

    /// The division of ``reward(hardfork:height:supply:)``; what does not divide evenly is the miner's.
    ///
    /// - Parameters:
    ///   - hardfork: 9–20, those with service nodes.
    ///   - height: as for the reward.
    public static func shares(hardfork: UInt8, height: UInt64) -> Shares {
        precondition((9...20).contains(hardfork), "hard fork \(hardfork) shares no reward; 9 to 20 do")
        let reward = reward(hardfork: hardfork, height: height)
        let governance: Amount
        let serviceNodes: Amount
        switch hardfork {
        case ..<15: (serviceNodes, governance) = (reward / 2, reward / 20)
        case 15: (serviceNodes, governance) = (flatShare, Amount(atomic: 2_500_000_000))
        case 16: (serviceNodes, governance) = (flatShare, Amount(atomic: 8_500_000_000))
        default: (serviceNodes, governance) = (flatShare, Amount(atomic: 1_833_333_333))
        }
        return Shares(
            serviceNodes: serviceNodes, governance: governance, miner: reward - serviceNodes - governance)
    }

    /// 16.5 coins: all service nodes' share of a block from hard fork 15 on.
    private static let flatShare = Amount(atomic: 16_500_000_000)
    /// Halves every 90 days.
    private static let curve = Halving(initial: 100e9, period: 64_800)

    private static func early(supply: Amount) -> Amount {
        let ceiling: UInt64 = 1 << 58
        let spent = supply.scaled(by: 19, over: 10).atomic
        return Amount(atomic: ceiling > spent ? (ceiling - spent) / 2_000_000 : 0)
    }
}
