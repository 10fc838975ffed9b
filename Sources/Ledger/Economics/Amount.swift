/// An amount of coins in atomic units of 10⁻⁹ coin, as every RPC prints it (ledger §0).
public struct Amount: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Atomic units.
    public let atomic: UInt64

    /// Atomic units in one coin.
    public static let atomicPerCoin: UInt64 = 1_000_000_000
    public static let zero = Amount(atomic: 0)

    public init(atomic: UInt64) { self.atomic = atomic }

    /// - Parameter coins: whole coins, at most 18,446,744,073.
    public static func coins(_ coins: UInt64) -> Amount { Amount(atomic: coins * atomicPerCoin) }

    /// Decimal coins without trailing zeros, such as `18550` or `0.5`.
    public var description: String {
        let whole = String(atomic / Self.atomicPerCoin)
        let rest = atomic % Self.atomicPerCoin
        guard rest > 0 else { return whole }
        var digits = String(rest)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    public static func < (left: Self, right: Self) -> Bool { left.atomic < right.atomic }

    /// Traps when the sum exceeds 64 bits: sums here are bounded by the supply.
    public static func + (left: Self, right: Self) -> Amount { Amount(atomic: left.atomic + right.atomic) }
    /// Traps when `right` is the larger.
    public static func - (left: Self, right: Self) -> Amount { Amount(atomic: left.atomic - right.atomic) }
    /// Truncated; traps for 0.
    public static func / (left: Self, right: UInt64) -> Amount { Amount(atomic: left.atomic / right) }

    /// What is left of this when `other` is taken away; nothing when `other` is the larger.
    func less(_ other: Amount) -> Amount { self > other ? self - other : .zero }

    /// `self * numerator / denominator`, truncated, with a 128-bit intermediate.
    ///
    /// Traps when the result exceeds 64 bits.
    func scaled(by numerator: UInt64, over denominator: UInt64) -> Amount {
        Amount(atomic: denominator.dividingFullWidth(atomic.multipliedFullWidth(by: numerator)).quotient)
    }
}
