import SessionProtocol
import Swarms

extension EconomicsReport {
    /// The report for programs: `{model, policy, trials, seed, rows}`; probabilities 0 to 1, money in US dollars.
    public var json: JSON {
        [
            "model": [
                "price": .number(model.price), "stake": .int(model.stake), "honestNodes": .int(model.honestNodes),
                "circulating": .int(model.circulating), "elasticity": .number(model.elasticity),
                "fallAfterAttack": .number(model.fallAfterAttack),
                "destroyedAfterAttack": .number(model.destroyedAfterAttack),
            ],
            "policy": .string(policy.rawValue), "trials": .int(trials), "seed": .uint(seed),
            "rows": .array(rows.map(\.json)),
        ]
    }
}

extension EconomicsReport.Row {
    /// `cost`, `priceAfter` and what follows from them are `null` when there are too few coins.
    fileprivate var json: JSON {
        [
            "percent": .int(percent), "attackerNodes": .int(attackerNodes), "nodes": .int(nodes),
            "coins": purchase.map { .int($0.coins) } ?? .null, "cost": purchase.map { .number($0.cost) } ?? .null,
            "priceAfter": purchase.map { .number($0.priceAfter) } ?? .null,
            "locked": purchase.map { .int($0.supply.locked) } ?? .null,
            "priceAfterAttack": aftermath.map { .number($0.price) } ?? .null,
            "stakeValueAfterAttack": aftermath.map { .number($0.stakeValue) } ?? .null,
            "loss": loss.map { .number($0) } ?? .null,
            "someSwarm": odds.someSwarm.json, "userSwarm": odds.userSwarm.json, "path": odds.path.json,
            "exactPath": .number(odds.exactPath),
        ]
    }
}

extension Estimate {
    fileprivate var json: JSON {
        [
            "value": .number(value), "hits": .int(hits), "trials": .int(trials),
            "lower": .number(interval.lowerBound), "upper": .number(interval.upperBound),
        ]
    }
}
