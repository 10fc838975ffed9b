/// What an attacker pays for nodes and loses by using them: the argument of the paper's section on service nodes as
/// figures one can change.
public struct StakeModel: Sendable, Equatable {
    /// US dollars a coin before anybody buys.
    public var price: Double
    /// Coins a node locks.
    public var stake: Int
    /// Nodes that are not the attacker's.
    public var honestNodes: Int
    /// Coins that can be bought, besides the stakes.
    public var circulating: Int
    /// See ``PriceCurve/elasticity``.
    public var elasticity: Double
    /// By which share the price falls once the attack is known, 0 to 1.
    public var fallAfterAttack: Double
    /// Which share of the attacker's stake the network then destroys, 0 to 1.
    public var destroyedAfterAttack: Double

    public init(
        price: Double, stake: Int, honestNodes: Int, circulating: Int, elasticity: Double = 1,
        fallAfterAttack: Double = 0.5, destroyedAfterAttack: Double = 0
    ) {
        self.price = price
        self.stake = stake
        self.honestNodes = honestNodes
        self.circulating = circulating
        self.elasticity = elasticity
        self.fallAfterAttack = fallAfterAttack
        self.destroyedAfterAttack = destroyedAfterAttack
    }

    /// The paper's prices of 10 February 2020: 18,550 coins a node at 0.40 dollars, 7,420 dollars together.
    ///
    /// It gives neither the number of nodes nor the supply, the price's answer to scarcity, or the fall after an attack:
    /// those are round figures to start from.
    public static let february2020 = StakeModel(
        price: 0.40, stake: 18_550, honestNodes: 1_000, circulating: 30_000_000)

    /// Before anybody buys.
    public var supply: CoinSupply { CoinSupply(circulating: circulating, stakedByOthers: honestNodes * stake) }

    /// How many nodes make at least `percent` of a network that they join, 0 to 99.
    public func nodes(forPercent percent: Int) -> Int {
        precondition((0..<100).contains(percent), "\(percent) % of a network's nodes cannot join it")
        let others = 100 - percent
        return (percent * honestNodes + others - 1) / others
    }

    /// The purchase and staking of so many nodes.
    /// - Throws: ``StakeModelRefusal`` when a figure makes no sense, or when there are too few coins.
    public func purchase(nodes: Int) throws(StakeModelRefusal) -> StakePurchase {
        try validate()
        let (coins, overflows) = nodes.multipliedReportingOverflow(by: stake)
        // The last coin has no price: nothing would be left.
        guard nodes >= 0, !overflows, coins < circulating else {
            throw .tooFewCoins(nodes: nodes, stake: stake, circulating: circulating)
        }
        var after = supply
        after.buyAndLock(coins)
        return StakePurchase(
            nodes: nodes, coins: coins, cost: curve.cost(of: coins), priceAfter: curve.price(afterBuying: coins),
            supply: after)
    }

    /// What is left of a purchase once its nodes attacked and were found out.
    ///
    /// The stake is worth what it fetches: sold the way it was bought, each coin that returns to circulation lowers the
    /// price of the next. At the last price paid, a large purchase would make its buyer rich by itself.
    public func aftermath(of purchase: StakePurchase) -> AttackAftermath {
        var supply = purchase.supply
        supply.destroyStake(Int((Double(purchase.coins) * destroyedAfterAttack).rounded(.down)))
        let whole = curve.cost(of: purchase.coins) - curve.cost(of: supply.destroyed)
        return AttackAftermath(
            price: purchase.priceAfter * (1 - fallAfterAttack), stakeValue: whole * (1 - fallAfterAttack),
            supply: supply)
    }

    private var curve: PriceCurve { PriceCurve(price: price, circulating: circulating, elasticity: elasticity) }

    /// - Throws: ``StakeModelRefusal`` naming the first figure that makes no sense.
    public func validate() throws(StakeModelRefusal) {
        guard price > 0, price.isFinite else { throw .figure("price", "\(price)", allowed: "above 0") }
        guard stake > 0 else { throw .figure("stake", "\(stake)", allowed: "at least 1 coin") }
        guard circulating > 0 else { throw .figure("circulating", "\(circulating)", allowed: "at least 1 coin") }
        let (staked, overflows) = honestNodes.multipliedReportingOverflow(by: stake)
        guard honestNodes >= 0, !overflows, !staked.addingReportingOverflow(circulating).overflow else {
            throw .figure("honestNodes", "\(honestNodes)", allowed: "0 or more, with stakes a 64-bit number can hold")
        }
        guard elasticity >= 0, elasticity.isFinite else {
            throw .figure("elasticity", "\(elasticity)", allowed: "0 or more")
        }
        for (name, share) in [("fallAfterAttack", fallAfterAttack), ("destroyedAfterAttack", destroyedAfterAttack)] {
            guard (0...1).contains(share) else { throw .figure(name, "\(share)", allowed: "0 to 1") }
        }
    }
}

/// The attacker's nodes, bought and staked.
public struct StakePurchase: Sendable, Equatable {
    /// How many were bought.
    public let nodes: Int
    /// What they lock, in whole coins.
    public let coins: Int
    /// US dollars paid for all of them.
    public let cost: Double
    /// US dollars a coin afterwards.
    public let priceAfter: Double
    /// With those coins locked.
    public let supply: CoinSupply
}

/// The attacker's position once the attack is known.
public struct AttackAftermath: Sendable, Equatable {
    /// US dollars a coin, before the attacker sells any.
    public let price: Double
    /// US dollars for what is left of the attacker's stake.
    public let stakeValue: Double
    /// With the destroyed part of the stake gone; nothing is sold yet.
    public let supply: CoinSupply
}

/// Why a model has no answer.
public enum StakeModelRefusal: Error, Equatable, CustomStringConvertible {
    /// A figure of the model that makes no sense: its name, its value, and what it may be.
    case figure(String, String, allowed: String)
    /// So many nodes of so many coins each are not fewer coins than circulate.
    case tooFewCoins(nodes: Int, stake: Int, circulating: Int)

    public var description: String {
        switch self {
        case .figure(let name, let value, let allowed):
            "stake model: \(name) is \(value), but must be \(allowed); correct it"
        case .tooFewCoins(let nodes, let stake, let circulating):
            "stake model: \(nodes) nodes of \(stake) coins each are not fewer coins than the \(circulating) in circulation; "
                + "ask for fewer nodes or raise circulating"
        }
    }
}
