/// What a service node costs and is owed. The rules are those of hard fork 19 (ledger §0, §1.4); only the numbers vary.
public struct LedgerEconomics: Sendable, Equatable {
    /// What a node must lock to become active.
    public var stakingRequirement: Amount
    /// Blocks after activation before a node counts as payable.
    public var blocksUntilPayable: UInt64
    /// Down-time a node is forgiven when it becomes active, in blocks.
    public var initialCreditBlocks: UInt64
    /// Down-time a node can save up at most, in blocks.
    public var maximumCreditBlocks: UInt64
    /// Blocks it takes to earn one block of credit.
    public var blocksPerCreditBlock: UInt64

    /// 18,550 coins, the requirement of February 2020; block counts as on mainnet.
    public static let standard = LedgerEconomics(stakingRequirement: .coins(18_550))

    /// - Parameter stakingRequirement: more than nothing, at most 10⁹ coins.
    public init(
        stakingRequirement: Amount, blocksUntilPayable: UInt64 = 720, initialCreditBlocks: UInt64 = 60,
        maximumCreditBlocks: UInt64 = 1_440, blocksPerCreditBlock: UInt64 = 30
    ) {
        precondition(
            stakingRequirement > .zero && stakingRequirement <= .coins(1_000_000_000),
            "a staking requirement lies above 0 and at most at 10^9 coins")
        precondition(blocksPerCreditBlock > 0, "credit is earned over at least one block")
        self.stakingRequirement = stakingRequirement
        self.blocksUntilPayable = blocksUntilPayable
        self.initialCreditBlocks = initialCreditBlocks
        self.maximumCreditBlocks = maximumCreditBlocks
        self.blocksPerCreditBlock = blocksPerCreditBlock
    }
}

/// Numbers every ledger of this network shares (ledger §0.2).
public enum LedgerConstants {
    /// Reported on every interface, whatever the economics: storage servers are not ready below 19.3.
    public static let hardfork: UInt8 = 19
    public static let snodeRevision = 3
    /// Most contributors a node may have, its operator included.
    public static let maximumContributors = 10
    /// A fee of 100 %, in basis points.
    public static let wholeFee: UInt64 = 10_000
    /// The denominator of fee portions.
    static let portions: UInt64 = .max - 3
}
