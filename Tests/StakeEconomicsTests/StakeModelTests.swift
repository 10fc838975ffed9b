import StakeEconomics
import Testing

@Suite struct StakeModelTests {
    private let model = StakeModel(
        price: 0.4, stake: 18_550, honestNodes: 1_000, circulating: 30_000_000, elasticity: 1, fallAfterAttack: 0.6,
        destroyedAfterAttack: 0.25)

    @Test("The paper's figures give 7,420 dollars a node")
    func paper() throws {
        let paper = StakeModel.february2020
        #expect(abs(paper.price * Double(paper.stake) - 7_420) < 1e-9)
        var flat = paper
        flat.elasticity = 0
        #expect(abs(try flat.purchase(nodes: 1).cost - 7_420) < 1e-6)
        // One node hardly moves the market.
        let one = try paper.purchase(nodes: 1)
        #expect(one.cost > 7_420 && one.cost < 7_425)
    }

    @Test(
        "A share takes the fewest nodes that reach it among those that are there",
        arguments: [(0, 0), (1, 11), (5, 53), (10, 112), (20, 250), (33, 493), (50, 1_000), (99, 99_000)])
    func shares(percent: Int, nodes: Int) {
        #expect(model.nodes(forPercent: percent) == nodes)
        #expect(nodes * 100 >= percent * (nodes + 1_000))
        #expect(nodes == 0 || (nodes - 1) * 100 < percent * (nodes - 1 + 1_000))
    }

    @Test(
        "Coins only move: none is made and none is lost, whatever is bought, locked or destroyed",
        arguments: [0, 1, 53, 250, 1_000, 1_617])
    func conservation(nodes: Int) throws {
        let purchase = try model.purchase(nodes: nodes)
        let aftermath = model.aftermath(of: purchase)
        #expect(model.supply.total == 48_550_000)
        #expect(purchase.supply.total == 48_550_000)
        #expect(aftermath.supply.total == 48_550_000)
        #expect(purchase.supply.stakedByAttacker == nodes * 18_550)
        #expect(purchase.supply.locked == (1_000 + nodes) * 18_550)
        #expect(purchase.supply.circulating == 30_000_000 - nodes * 18_550)
        #expect(aftermath.supply.destroyed == nodes * 18_550 / 4)
        #expect(aftermath.supply.circulating == purchase.supply.circulating)
    }

    @Test("After an attack the stake fetches what it cost, less the fall and less what is destroyed")
    func aftermath() throws {
        var model = model
        let purchase = try model.purchase(nodes: 1_000)
        #expect(abs(purchase.priceAfter - 0.4 * 30 / 11.45) < 1e-9)
        let aftermath = model.aftermath(of: purchase)
        #expect(abs(aftermath.price - purchase.priceAfter * 0.4) < 1e-12)
        // Coins bought last are sold first, at the dearest end of the curve.
        let destroyed = try model.purchase(nodes: 250).cost
        #expect(abs(aftermath.stakeValue - 0.4 * (purchase.cost - destroyed)) < 1e-3)
        model.destroyedAfterAttack = 0
        #expect(abs(model.aftermath(of: purchase).stakeValue - 0.4 * purchase.cost) < 1e-3)
        model.destroyedAfterAttack = 1
        #expect(model.aftermath(of: purchase).stakeValue == 0)
    }

    @Test("Buying and selling again without an attack neither gains nor loses", arguments: [0, 0.5, 1, 2])
    func roundTrip(elasticity: Double) throws {
        var model = model
        model.elasticity = elasticity
        model.fallAfterAttack = 0
        model.destroyedAfterAttack = 0
        let purchase = try model.purchase(nodes: 1_500)
        #expect(model.aftermath(of: purchase).stakeValue == purchase.cost)
    }

    @Test("More coins than circulate cannot be bought, and the refusal has the numbers")
    func tooMany() throws {
        #expect(try model.purchase(nodes: 1_617).supply.circulating == 4_650)
        let refusal = #expect(throws: StakeModelRefusal.self) { _ = try model.purchase(nodes: 1_618) }
        #expect(refusal == .tooFewCoins(nodes: 1_618, stake: 18_550, circulating: 30_000_000))
        #expect(throws: StakeModelRefusal.self) { _ = try model.purchase(nodes: .max) }
        #expect(throws: StakeModelRefusal.self) { _ = try model.purchase(nodes: -1) }
    }

    @Test("A figure that makes no sense is named")
    func nonsense() {
        let changes: [(String, (inout StakeModel) -> Void)] = [
            ("price", { $0.price = 0 }), ("price", { $0.price = .nan }), ("stake", { $0.stake = 0 }),
            ("circulating", { $0.circulating = 0 }), ("honestNodes", { $0.honestNodes = -1 }),
            ("honestNodes", { $0.honestNodes = .max }), ("elasticity", { $0.elasticity = -0.1 }),
            ("elasticity", { $0.elasticity = .infinity }), ("fallAfterAttack", { $0.fallAfterAttack = 1.1 }),
            ("destroyedAfterAttack", { $0.destroyedAfterAttack = -0.1 }),
        ]
        for (name, change) in changes {
            var changed = model
            change(&changed)
            let refusal = #expect(throws: StakeModelRefusal.self) { try changed.validate() }
            #expect(refusal?.description.contains("\(name) is") == true, "\(name)")
        }
    }
}
