import Ledger
import ServiceNode
import SessionProtocol

extension Topology {
    /// The mock staking ledger: the rules of a preset, and what is changed of them. Block counts are never scaled with time.
    public struct LedgerSettings: Sendable, Equatable {
        /// Whose rules hold for staking and rewards. YAML `preset: whitepaper-2020` or `preset: oxen`. Default
        /// `whitepaper-2020`.
        public var preset = LedgerPreset.whitepaper2020
        /// What a node must lock. YAML `stake`, 1–1000000000 coins, or `curve`. Default: the preset's, 18550 or 100 coins.
        public var stake: StakeRequirement?
        /// The height that the chain's first block stands for, where a rule depends on the height of the real chain. YAML
        /// `startHeight`, 0–1000000000. Default: the preset's, 466837 in February 2020, or 1080149 with `oxen`.
        public var startHeight: UInt64?
        /// What nodes are told to be in force: it decides what their protocol allows, not what stakes and rewards are. YAML
        /// `hardFork`, 19.3 and later; several expiries in one request are allowed from 19.4 on. Default 19.3.
        public var hardFork = Hardfork.required
        /// How nodes are put into swarms. YAML `swarmPolicy: whitepaper` or `oxen`. Default `whitepaper`.
        public var swarmPolicy = SwarmRules.whitepaper
        /// How many times faster than the real ledger's time goes: block, proof and test intervals are divided by it. YAML
        /// `timeScale`, 1–500, in a simulation 1–100000. Default 1.
        public var timeScale = 1
        /// When blocks are made. YAML `blockTime: auto`, `preset` (120 s divided by the time scale) or a duration such as
        /// `500ms`, `2s`, `1m`. Default `auto`.
        public var blockTime = BlockTime.auto
        /// Whether quorums of nodes judge the others. YAML `testing: {enabled: true, smallNetworks: true}`.
        public var testing = ConsensusTesting()
        /// Whether nodes test each other and report what they find. YAML `peerTesting: true` or `false`. Default `true`.
        public var peerTesting = true
        /// Block counts that replace the preset's. YAML `blocks: {unlock: 10800}`.
        public var blocks = BlockCounts()
        /// Coins in the wallet `treasury` at the beginning, beside those of the operators. YAML `supply`, 0–18446744073.
        /// Default: what is missing to 22,500,000 coins together, the real ledger's first block; but no less than all operators have.
        public var supply: UInt64?
        /// The TCP port of its HTTP interface; 0 takes any free one. YAML `rpcPort`, 0–65535. Default 0.
        public var rpcPort: UInt16 = 0

        /// The rules of February 2020, everything by default.
        public init() {}
    }

    /// Whose staking and reward rules hold.
    public enum LedgerPreset: String, Sendable, CaseIterable {
        /// Those in force when the network was first described: hard fork 14.
        case whitepaper2020 = "whitepaper-2020"
        /// Those in force later: hard fork 19.
        case oxen
    }

    /// What a node must lock to become active.
    public enum StakeRequirement: Sendable, Equatable {
        /// So many whole coins, whatever the height.
        case coins(Int)
        /// What the real ledger asked for at that height.
        case curve
    }

    /// How nodes are put into swarms.
    public enum SwarmRules: String, Sendable, CaseIterable {
        /// As the network was first described: 5 to 10 nodes.
        case whitepaper
        /// As the daemon does it.
        case oxen
    }

    /// When the ledger makes a block.
    public enum BlockTime: Sendable, Equatable {
        /// Whenever something waits for one.
        case auto
        /// Every 120 s, divided by ``LedgerSettings/timeScale``.
        case preset
        /// At this distance, 10 ms to 1 h, in whole milliseconds.
        case every(Duration)
    }

    /// Whether quorums judge nodes.
    public struct ConsensusTesting: Sendable, Equatable {
        /// Without it only the operator of the network decommissions and deregisters. YAML `enabled`. Default `true`.
        public var isEnabled = true
        /// Whether networks of fewer than 11 nodes are tested too, by as many as there are. YAML `smallNetworks`. Default
        /// `true`.
        public var testsSmallNetworks = true

        /// Both on.
        public init() {}
    }

    /// Block counts that replace a preset's; 720 blocks are a day of the real ledger.
    public struct BlockCounts: Sendable, Equatable {
        /// From an unlock request until the node is gone. YAML `unlock`, 1–1000000. Default 10800, 15 days.
        public var unlock: UInt64?
        /// For which a deregistered node's stakes are locked. YAML `deregistrationLock`, 1–1000000. Default 21600, 30 days.
        public var deregistrationLock: UInt64?
        /// From activation until a node counts as payable. YAML `untilPayable`, 0–1000000. Default 720.
        public var untilPayable: UInt64?
        /// Credit for time off that a new node has. YAML `initialCredit`, 0–1000000. Default 60.
        public var initialCredit: UInt64?
        /// Credit below which a failing node is deregistered at once. YAML `minimumCredit`, 0–1000000. Default 60.
        public var minimumCredit: UInt64?
        /// Credit a node can save up at most. YAML `maximumCredit`, 0–1000000. Default 1440.
        public var maximumCredit: UInt64?

        /// All as in the preset.
        public init() {}

        /// Every count with its key in YAML and what it may be.
        static let fields: [(key: String, path: any WritableKeyPath<BlockCounts, UInt64?> & Sendable, least: UInt64)] =
            [
                ("unlock", \.unlock, 1), ("deregistrationLock", \.deregistrationLock, 1),
                ("untilPayable", \.untilPayable, 0), ("initialCredit", \.initialCredit, 0),
                ("minimumCredit", \.minimumCredit, 0), ("maximumCredit", \.maximumCredit, 0),
            ]
    }
}

extension Topology.LedgerSettings {
    /// How many times faster than the reference nodes test each other; 0: they do not.
    var peerTestingScale: Int { peerTesting ? timeScale : 0 }

    /// How often nodes ping the ledger: as the reference does, but at least four times in the time that the ledger waits
    /// before it takes a node to be asleep. Otherwise its proofs would run out between two pings, and live nodes be
    /// voted out.
    var pingInterval: Duration {
        let patience = ProofTiming().frequency / timeScale
        return min(NodeConfiguration.standardPingInterval, .milliseconds(max(1, Int(patience / .milliseconds(4)))))
    }

    /// Coins of the real ledger's first block.
    static let firstCoins: UInt64 = 22_500_000
    /// More coins than these do not fit 64 bits of atomic units.
    static let mostCoins = UInt64.max / 1_000_000_000

    /// What a node of the preset locks at the height where the chain begins, or less; whole coins.
    var stakeCoinsAtMost: UInt64 {
        switch stake {
        case .coins(let coins): UInt64(coins)
        case .curve: 45_000
        case nil: UInt64(preset.stakeCoins)
        }
    }
}

extension Topology.LedgerPreset {
    /// What a node locks unless the topology says otherwise; on test networks, in the case of ``oxen``.
    public var stakeCoins: Int {
        switch self {
        case .whitepaper2020: 18_550
        case .oxen: 100
        }
    }
}
