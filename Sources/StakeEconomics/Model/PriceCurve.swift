#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What coins cost while somebody buys them up and takes them out of circulation.
///
/// The paper argues that buying and locking coins raises the price of those that remain, without a formula. The simplest
/// one that does so: the price of a coin is proportional to (circulating supply before / what is left of it) raised to
/// `elasticity`. Each coin is paid at the price of its moment, so a purchase costs the integral over it.
public struct PriceCurve: Sendable, Equatable {
    /// US dollars a coin before the purchase.
    public let price: Double
    /// Coins that can be bought.
    public let circulating: Int
    /// How steeply the price answers to scarcity: 0 not at all; 1 in proportion, so that half the supply costs double.
    public let elasticity: Double

    public init(price: Double, circulating: Int, elasticity: Double) {
        self.price = price
        self.circulating = circulating
        self.elasticity = elasticity
    }

    /// US dollars a coin once `coins` are bought, 0 to below ``circulating``.
    public func price(afterBuying coins: Int) -> Double { price * exp(-elasticity * logOfRest(coins)) }

    /// US dollars for `coins` bought one after the other, 0 to below ``circulating``.
    public func cost(of coins: Int) -> Double {
        // With s the supply, r the share left and e the elasticity, the integral is p·s·(1 − r^(1−e)) / (1 − e), and
        // −p·s·ln r for e = 1. Written with expm1 it has no gap there, and few coins lose no digits.
        let log = logOfRest(coins)
        let exponent = (1 - elasticity) * log
        return price * Double(circulating) * -log * (exponent == 0 ? 1 : expm1(exponent) / exponent)
    }

    /// The natural logarithm of the share of the supply that is left.
    private func logOfRest(_ coins: Int) -> Double {
        precondition((0..<circulating).contains(coins), "\(coins) of \(circulating) coins cannot be bought")
        return log1p(-Double(coins) / Double(circulating))
    }
}
