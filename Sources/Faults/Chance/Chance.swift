/// How likely something is, in parts per million.
///
/// An integer, so that a probability written down is the one that is drawn, on every machine.
public struct Chance: Sendable, Hashable, Comparable {
    /// 0…1,000,000.
    public let partsPerMillion: Int

    /// What ``partsPerMillion`` may be.
    public static let allowed = 0...1_000_000

    /// - Parameter partsPerMillion: within ``allowed``; anything else is a mistake in the program and ends it.
    public init(partsPerMillion: Int) {
        precondition(Self.allowed.contains(partsPerMillion), "a chance is 0 to 1,000,000 parts per million")
        self.partsPerMillion = partsPerMillion
    }

    /// - Parameter percent: 0…100.
    public static func percent(_ percent: Int) -> Chance {
        precondition((0...100).contains(percent), "a chance is 0 to 100 percent")
        return Chance(partsPerMillion: percent * 10_000)
    }

    /// 0 parts.
    public static let never = Chance(partsPerMillion: 0)
    /// All of a million parts.
    public static let always = Chance(partsPerMillion: 1_000_000)

    public static func < (left: Self, right: Self) -> Bool { left.partsPerMillion < right.partsPerMillion }

    /// Whether it happens this time.
    ///
    /// ``never`` and ``always`` draw nothing, so that switching something on for good or off leaves every other draw as
    /// it was. Any other chance draws one number, and one more with a probability below 1 in 10^13.
    public func happens(using generator: inout some RandomNumberGenerator) -> Bool {
        switch partsPerMillion {
        case 0: false
        case 1_000_000: true
        default: generator.number(below: 1_000_000) < UInt64(partsPerMillion)
        }
    }
}

extension RandomNumberGenerator {
    /// An evenly distributed number in `0..<bound`: the high half of a product, with the few draws that would favour
    /// some numbers thrown away (Lemire, "Fast random integer generation in an interval", 2019).
    ///
    /// Written out because the standard library does not promise to draw the same way in its next release, and a seed
    /// must.
    /// - Parameter bound: at least 1.
    mutating func number(below bound: UInt64) -> UInt64 {
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let surplus = (0 &- bound) % bound
            while product.low < surplus { product = next().multipliedFullWidth(by: bound) }
        }
        return product.high
    }
}
