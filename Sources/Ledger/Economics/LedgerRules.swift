import SessionProtocol
import Swarms

/// How a registration words its spots, and with it which era's rules it lives under (ledger §1.3).
public enum RegistrationForm: String, Sendable, CaseIterable {
    /// Hard fork 14: spots and fee are portions of 2⁶⁴ − 4, and the registration expires.
    case portions
    /// Hard fork 19: spots are amounts, the fee is basis points, and the registration names one hard fork.
    case amounts

    /// The hard fork that entries made under it carry.
    public var hardfork: UInt8 { self == .portions ? 14 : 19 }
}

/// How service nodes are paid (ledger §4).
///
/// Only their own share is minted: this ledger has no miners and no governance, whose shares never come into being.
public enum RewardRules: Sendable, Equatable {
    /// Half of a block's reward, by the curve of hard forks 8 to 14, goes to the head of the queue at once.
    case leader
    /// All payable nodes share each block; a wallet is paid when its turn in the interval comes (hard fork 19).
    ///
    /// - interval: blocks between two turns of a wallet.
    /// - minimum: a smaller balance waits for another round.
    case batched(interval: UInt64, minimum: Amount)
}

/// The rules one ledger plays by: a preset's, or free values. Block counts are those of the main network.
public struct LedgerRules: Sendable, Equatable {
    /// Sets of rules that belong together.
    public enum Preset: String, Sendable, CaseIterable {
        /// The main network of February 2020, which the Session paper describes: hard fork 14.
        case whitepaper2020 = "whitepaper-2020"
        /// A test network at hard fork 19.
        case oxen
    }

    /// Where the values came from; it stays when single values are changed.
    public var preset: Preset
    /// How registrations are worded.
    public var form: RegistrationForm
    /// Spots a registration may have, and stakes a node may hold.
    public var maximumContributors: Int
    /// What a node must lock.
    public var requirement: StakingRequirement
    /// The height of the real network that this chain's genesis stands for: curves are read there.
    public var startHeight: UInt64
    /// From an unlock request to the height after which the node is gone.
    public var unlockBlocks: UInt64
    /// How long the stakes of a deregistered node stay locked.
    public var deregistrationLockBlocks: UInt64
    /// How long small contributors may not ask for their stake back, after the registration (ledger §1.6, hard fork 19).
    public var smallStakeBlocks: UInt64
    /// Blocks from activation until a node counts as payable.
    public var blocksUntilPayable: UInt64
    /// Down-time a node is forgiven when it becomes active.
    public var initialCreditBlocks: UInt64
    /// An active node with less credit is deregistered at once when it fails.
    public var minimumCreditBlocks: UInt64
    /// Down-time a node can save up at most.
    public var maximumCreditBlocks: UInt64
    /// Blocks it takes to earn one block of credit; at least 1.
    public var blocksPerCreditBlock: UInt64
    /// How service nodes are paid.
    public var rewards: RewardRules
    /// By whose rules nodes are put into swarms.
    public var swarmPolicy: SwarmPolicy
    /// How nodes judge each other.
    public var testing: TestingRules
    /// What storage servers are told to be in force, whatever the rules of stakes and rewards: they are not ready below
    /// ``Hardfork/required``.
    public var storageHardfork: Hardfork
    /// Divides times, never block counts; more than 0.
    public var timeScale: Double

    /// The rules of a preset.
    public init(_ preset: Preset) {
        self.preset = preset
        form = preset == .whitepaper2020 ? .portions : .amounts
        maximumContributors = preset == .whitepaper2020 ? 4 : 10
        requirement = .flat(preset == .whitepaper2020 ? .coins(18_550) : .coins(100))
        startHeight = preset == .whitepaper2020 ? 466_837 : 1_080_149
        unlockBlocks = 10_800
        deregistrationLockBlocks = 21_600
        smallStakeBlocks = 21_600
        blocksUntilPayable = 720
        initialCreditBlocks = 60
        minimumCreditBlocks = 60
        maximumCreditBlocks = 1_440
        blocksPerCreditBlock = 30
        rewards = preset == .whitepaper2020 ? .leader : .batched(interval: 2_520, minimum: .coins(1))
        swarmPolicy = .whitepaper
        testing = TestingRules()
        testing.hasHardfork16Chance = form.hardfork >= 16
        storageHardfork = .required
        timeScale = 1
    }

    /// Hard fork 14 with a flat 18,550 coins a node.
    public static let whitepaper2020 = LedgerRules(.whitepaper2020)
    /// Hard fork 19 with the 100 coins of test networks.
    public static let oxen = LedgerRules(.oxen)

    /// Whether a ledger can play by these values: neither nothing nor more than 10⁹ coins for a node, and at least one
    /// contributor, one block for a block of credit and some speed of time.
    var arePlayable: Bool {
        if case .flat(let amount) = requirement, amount == .zero || amount > .coins(1_000_000_000) { return false }
        return maximumContributors > 0 && blocksPerCreditBlock > 0 && timeScale > 0
    }

    /// What a node registered in a block of this height of this chain must lock.
    public func requirement(at height: UInt64) -> Amount { requirement.amount(at: height + startHeight) }

    /// From one block to the next.
    public var blockTarget: Duration { .seconds(120) / timeScale }
    /// How often nodes prove themselves.
    public var proofTiming: ProofTiming { ProofTiming(frequency: .seconds(3_600) / timeScale) }
}
