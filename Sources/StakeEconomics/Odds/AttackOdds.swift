import NodeRuntime
import SessionProtocol
import Swarms

/// What share of a network's nodes buys an attacker whose nodes joined at random among the others.
///
/// Nobody chooses a swarm: the block's hash does. So what counts is how often chance alone gives the attacker a majority.
public struct AttackOdds: Sendable, Equatable {
    /// What is sampled, and how much of it.
    public struct Setting: Sendable, Equatable {
        /// All nodes of the network, at least 3.
        public var nodes: Int
        /// Of those the attacker's.
        public var attackerNodes: Int
        /// By which rules nodes come to their swarms.
        public var policy: SwarmPolicy
        /// Networks that are made up, at least 1.
        public var trials: Int
        /// Paths that are chosen in each network.
        public var pathsPerTrial: Int
        /// How many nodes join in one block; the odds hardly depend on it, the time it takes does.
        public var joinsPerBlock: Int
        /// The same seed gives the same odds.
        public var seed: UInt64

        public init(
            nodes: Int, attackerNodes: Int, policy: SwarmPolicy, trials: Int, pathsPerTrial: Int = 100,
            joinsPerBlock: Int = 200, seed: UInt64
        ) {
            self.nodes = nodes
            self.attackerNodes = attackerNodes
            self.policy = policy
            self.trials = trials
            self.pathsPerTrial = pathsPerTrial
            self.joinsPerBlock = joinsPerBlock
            self.seed = seed
        }
    }

    /// That the attacker holds a majority of at least one swarm.
    public let someSwarm: Estimate
    /// That the attacker holds a majority of the swarm of a user nobody chose.
    public let userSwarm: Estimate
    /// That all three hops of a path, distinct random nodes, are the attacker's.
    public let path: Estimate
    /// The same, exactly: a/n · (a−1)/(n−1) · (a−2)/(n−2).
    public let exactPath: Double

    /// Makes up networks and counts. A pure function of its setting.
    /// - Throws: ``AttackOddsRefusal`` when the setting makes no sense.
    public static func sample(_ setting: Setting) throws(AttackOddsRefusal) -> AttackOdds {
        try validate(setting)
        var chance = SplitMix64(state: setting.seed)
        var (someSwarms, userSwarms, paths) = (0, 0, 0)
        for _ in 0..<setting.trials {
            let network = NetworkSample(setting, chance: &chance)
            if network.someSwarmIsHeld { someSwarms += 1 }
            // One user a network: two users of one network are not independent.
            if network.holdsSwarm(at: SwarmPosition(chance.next())) { userSwarms += 1 }
            // Paths are: they ask only how many nodes there are, not where they stand.
            for _ in 0..<setting.pathsPerTrial where isHeldPath(setting, &chance) { paths += 1 }
        }
        return AttackOdds(
            someSwarm: Estimate(hits: someSwarms, trials: setting.trials),
            userSwarm: Estimate(hits: userSwarms, trials: setting.trials),
            path: Estimate(hits: paths, trials: setting.trials * setting.pathsPerTrial),
            exactPath: pathProbability(nodes: setting.nodes, attackerNodes: setting.attackerNodes))
    }

    /// The probability that three distinct random nodes are all the attacker's; 0 with fewer than three of either.
    public static func pathProbability(nodes: Int, attackerNodes: Int) -> Double {
        guard attackerNodes >= 3, nodes >= 3 else { return 0 }
        return (0..<3).reduce(1) { $0 * Double(attackerNodes - $1) / Double(nodes - $1) }
    }

    private static func isHeldPath(_ setting: Setting, _ chance: inout SplitMix64) -> Bool {
        var hops: [Int] = []
        while hops.count < 3 {
            let hop = Int.random(in: 0..<setting.nodes, using: &chance)
            if !hops.contains(hop) { hops.append(hop) }
        }
        return hops.allSatisfy { $0 < setting.attackerNodes }
    }

    private static func validate(_ setting: Setting) throws(AttackOddsRefusal) {
        let rules: [(name: String, value: Int, allowed: ClosedRange<Int>)] = [
            ("nodes", setting.nodes, 3...1_000_000), ("attackerNodes", setting.attackerNodes, 0...setting.nodes),
            ("trials", setting.trials, 1...1_000_000), ("pathsPerTrial", setting.pathsPerTrial, 1...1_000_000),
            ("joinsPerBlock", setting.joinsPerBlock, 1...1_000_000),
        ]
        for rule in rules where !rule.allowed.contains(rule.value) {
            throw AttackOddsRefusal(name: rule.name, value: rule.value, allowed: rule.allowed)
        }
    }
}

/// Which number of a setting makes no sense.
public struct AttackOddsRefusal: Error, Equatable, CustomStringConvertible {
    /// The field of ``AttackOdds/Setting``.
    public let name: String
    /// What it was.
    public let value: Int
    /// What it may be.
    public let allowed: ClosedRange<Int>

    public var description: String {
        "attack odds: \(name) is \(value), but must be \(allowed.lowerBound) to \(allowed.upperBound); correct it"
    }
}
