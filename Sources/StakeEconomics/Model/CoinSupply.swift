/// Where all coins are, in whole coins. What moves between the places leaves ``total`` as it was.
public struct CoinSupply: Sendable, Equatable {
    /// For sale to anybody.
    public private(set) var circulating: Int
    /// Locked by nodes that are not the attacker's.
    public private(set) var stakedByOthers: Int
    /// Locked by the attacker's nodes.
    public private(set) var stakedByAttacker = 0
    /// Taken from the attacker's stake for good.
    public private(set) var destroyed = 0

    public init(circulating: Int, stakedByOthers: Int) {
        self.circulating = circulating
        self.stakedByOthers = stakedByOthers
    }

    /// Every coin, the destroyed ones too.
    public var total: Int { circulating + stakedByOthers + stakedByAttacker + destroyed }
    /// Out of circulation as stakes.
    public var locked: Int { stakedByOthers + stakedByAttacker }

    /// The attacker buys coins and stakes them, 0 to ``circulating``.
    mutating func buyAndLock(_ coins: Int) {
        precondition((0...circulating).contains(coins), "\(coins) of \(circulating) coins cannot be bought")
        circulating -= coins
        stakedByAttacker += coins
    }

    /// The network destroys a part of the attacker's stake, 0 to ``stakedByAttacker``.
    mutating func destroyStake(_ coins: Int) {
        precondition(
            (0...stakedByAttacker).contains(coins), "\(coins) of \(stakedByAttacker) coins cannot be destroyed")
        stakedByAttacker -= coins
        destroyed += coins
    }
}
