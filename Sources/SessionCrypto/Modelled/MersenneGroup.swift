/// The multiplicative group modulo the prime 2^61 − 1: small enough for single machine words, and quick to reduce in.
enum MersenneGroup {
    static let modulus: UInt64 = (1 << 61) - 1
    /// Of the whole group, which the generator reaches; exponents count modulo this.
    static let order = modulus - 1
    static let generator: UInt64 = 37

    /// - Parameters: both below the modulus, as is the result.
    static func multiply(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        // 2^61 is 1 here, so the bits from 61 on are simply added.
        let sum = (low & modulus) + (high << 3 | low >> 61)
        return sum >= modulus ? sum - modulus : sum
    }

    static func power(_ base: UInt64, _ exponent: UInt64) -> UInt64 {
        var result: UInt64 = 1
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(result, square) }
            square = multiply(square, square)
            rest >>= 1
        }
        return result
    }

    /// The generator raised to `exponent`, by table.
    static func generatorPower(_ exponent: UInt64) -> UInt64 {
        var result: UInt64 = 1
        for window in 0..<16 {
            let digit = Int(exponent >> UInt64(4 * window) & 15)
            result = multiply(result, generatorPowers[16 * window + digit])
        }
        return result
    }

    /// Entry 16 w + d is the generator to the power d · 16^w.
    private static let generatorPowers: [UInt64] = (0..<256).map { index in
        let windowBase = power(generator, 1 << UInt64(index / 16 * 4))
        return power(windowBase, UInt64(index % 16))
    }

    /// `left` · `right` + `addend` modulo the group's order; all below it.
    static func multiplyExponents(_ left: UInt64, _ right: UInt64, adding addend: UInt64) -> UInt64 {
        let product = order.dividingFullWidth(left.multipliedFullWidth(by: right)).remainder
        return (product + addend) % order
    }
}
