import Swarms

extension EconomicsReport {
    /// The report for people: the model in words, then a line for each share. Ends without a newline.
    public var text: String {
        let lines = [
            "\(model.honestNodes) honest nodes of \(DecimalText.grouped(model.stake)) coins at "
                + "\(DecimalText.fixed(model.price, digits: 2)) USD "
                + "(\(DecimalText.grouped(dollars: model.price * Double(model.stake))) USD a node) · "
                + "\(DecimalText.grouped(model.circulating)) coins circulating, "
                + "\(DecimalText.grouped(model.supply.locked)) locked",
            "price ~ (circulating before / after)^\(DecimalText.fixed(model.elasticity, digits: 2)) · after an attack the price "
                + "falls by \(DecimalText.percent(model.fallAfterAttack)) and "
                + "\(DecimalText.percent(model.destroyedAfterAttack)) of the attacker's stake is destroyed",
            "\(policy.rawValue) swarms · \(trials) networks a share · seed \(seed) · [95 % interval]", "",
        ]
        let table = [Self.headings] + rows.map(\.columns)
        let widths = Self.headings.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        let padded = table.map { cells in
            zip(cells, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
        }
        return (lines + padded).joined(separator: "\n")
    }

    private static var headings: [String] {
        [
            "share", "nodes", "coins", "cost USD", "USD a coin", "loss USD", "majority of some swarm",
            "of a user's swarm",
            "all 3 hops", "exactly",
        ]
    }
}

extension EconomicsReport.Row {
    fileprivate var columns: [String] {
        let money =
            if let purchase, let loss {
                [
                    DecimalText.grouped(purchase.coins), DecimalText.grouped(dollars: purchase.cost),
                    DecimalText.fixed(purchase.priceAfter, digits: 2), DecimalText.grouped(dollars: loss),
                ]
            } else {
                ["too few", "–", "–", "–"]
            }
        return ["\(percent) %", "\(attackerNodes)"] + money
            + [odds.someSwarm, odds.userSwarm, odds.path].map(Self.column) + [DecimalText.percent(odds.exactPath)]
    }

    private static func column(_ estimate: Estimate) -> String {
        let interval = estimate.interval
        return "\(DecimalText.percent(estimate.value)) "
            + "[\(DecimalText.percent(interval.lowerBound)), \(DecimalText.percent(interval.upperBound))]"
    }
}
