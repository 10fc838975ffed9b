import StakeEconomics
import Testing

@Suite struct PriceCurveTests {
    private static let elasticities = [0, 0.25, 0.5, 1, 1.000_000_001, 1.5, 2, 4]

    @Test("No purchase costs nothing and leaves the price as it was", arguments: elasticities)
    func noPurchase(elasticity: Double) {
        let curve = PriceCurve(price: 0.4, circulating: 30_000_000, elasticity: elasticity)
        #expect(curve.cost(of: 0) == 0)
        #expect(curve.price(afterBuying: 0) == 0.4)
    }

    @Test("The whole costs what many small steps cost, each at the price of its middle", arguments: elasticities)
    func steps(elasticity: Double) {
        let curve = PriceCurve(price: 0.4, circulating: 1_000_000, elasticity: elasticity)
        let steps = stride(from: 0, to: 800_000, by: 200).reduce(0) { $0 + 200 * curve.price(afterBuying: $1 + 100) }
        #expect(abs(curve.cost(of: 800_000) / steps - 1) < 1e-5)
    }

    @Test("Two purchases one after the other cost as much as one, and lead to the same price", arguments: elasticities)
    func inTwo(elasticity: Double) {
        let curve = PriceCurve(price: 0.4, circulating: 1_000_000, elasticity: elasticity)
        let rest = PriceCurve(
            price: curve.price(afterBuying: 300_000), circulating: 700_000, elasticity: elasticity)
        let inTwo = curve.cost(of: 300_000) + rest.cost(of: 250_000)
        #expect(abs(inTwo / curve.cost(of: 550_000) - 1) < 1e-12)
        #expect(abs(rest.price(afterBuying: 250_000) / curve.price(afterBuying: 550_000) - 1) < 1e-12)
    }

    @Test("Without elasticity coins cost the same throughout; with 1, half the supply doubles the price")
    func knownValues() {
        let flat = PriceCurve(price: 0.4, circulating: 1_000, elasticity: 0)
        #expect(abs(flat.cost(of: 999) - 399.6) < 1e-9)
        #expect(flat.price(afterBuying: 999) == 0.4)
        let proportional = PriceCurve(price: 0.4, circulating: 1_000, elasticity: 1)
        #expect(abs(proportional.price(afterBuying: 500) - 0.8) < 1e-12)
        #expect(abs(proportional.cost(of: 500) - 400 * 0.693_147_180_559_945_3) < 1e-9)
        #expect(abs(PriceCurve(price: 0.4, circulating: 1_000, elasticity: 2).cost(of: 500) - 400) < 1e-9)
    }

    @Test("Every further coin costs more than the one before it")
    func feedback() {
        let curve = PriceCurve(price: 0.4, circulating: 1_000_000, elasticity: 0.5)
        let blocks = (0..<9).map { curve.cost(of: ($0 + 1) * 100_000) - curve.cost(of: $0 * 100_000) }
        #expect(zip(blocks, blocks.dropFirst()).allSatisfy { $0 < $1 })
        #expect(blocks[0] > 40_000)
    }
}
