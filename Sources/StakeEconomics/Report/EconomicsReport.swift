import Swarms

/// What shares of the network cost an attacker, and what they buy.
public struct EconomicsReport: Sendable, Equatable {
    /// One share: its price and its odds.
    public struct Row: Sendable, Equatable {
        /// Of all nodes, the attacker's among them.
        public let percent: Int
        /// The fewest that reach the share.
        public let attackerNodes: Int
        /// All of them, the attacker's included.
        public let nodes: Int
        /// `nil` when there are too few coins for so many nodes.
        public let purchase: StakePurchase?
        /// `nil` with ``purchase``.
        public let aftermath: AttackAftermath?
        /// What they buy.
        public let odds: AttackOdds

        /// US dollars lost by attacking: what was paid, less what the stake is worth then.
        public var loss: Double? {
            guard let purchase, let aftermath else { return nil }
            return purchase.cost - aftermath.stakeValue
        }
    }

    /// What the prices come from.
    public let model: StakeModel
    /// The rules by which nodes come to swarms.
    public let policy: SwarmPolicy
    /// Networks a row.
    public let trials: Int
    /// The same one gives the same report.
    public let seed: UInt64
    /// In the order asked for.
    public let rows: [Row]

    /// The shares that are worth a row.
    public static let percents = [1, 5, 10, 20, 33, 50]

    /// Works out a row for every share; the honest nodes stay as many, the attacker's come on top of them.
    ///
    /// - Parameters:
    ///   - percents: each 0 to 99.
    ///   - trials: networks a row.
    /// - Throws: ``StakeModelRefusal`` or ``AttackOddsRefusal``; too few coins for a row only leave out its purchase.
    public init(
        _ model: StakeModel, policy: SwarmPolicy, percents: [Int] = EconomicsReport.percents, trials: Int = 200,
        seed: UInt64
    ) throws {
        try model.validate()
        self.model = model
        self.policy = policy
        self.trials = trials
        self.seed = seed
        rows = try percents.map { percent in
            let attackers = model.nodes(forPercent: percent)
            let odds = try AttackOdds.sample(
                AttackOdds.Setting(
                    nodes: model.honestNodes + attackers, attackerNodes: attackers, policy: policy, trials: trials,
                    seed: seed))
            let purchase = try Self.purchase(of: attackers, model)
            return Row(
                percent: percent, attackerNodes: attackers, nodes: model.honestNodes + attackers, purchase: purchase,
                aftermath: purchase.map(model.aftermath), odds: odds)
        }
    }

    private static func purchase(of nodes: Int, _ model: StakeModel) throws(StakeModelRefusal) -> StakePurchase? {
        do {
            return try model.purchase(nodes: nodes)
        } catch {
            switch error {
            case .tooFewCoins: return nil
            case .figure: throw error
            }
        }
    }
}
