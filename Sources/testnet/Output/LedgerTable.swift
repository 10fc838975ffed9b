import SessionProtocol

/// The ledger as a person reads it.
struct LedgerTable {
    let text: String

    init(_ ledger: JSON) {
        func cell(_ field: String) -> String { TextTable.cell(ledger[field]) }
        let totals = ledger["totals"]
        let rules = ledger["rules"]
        var lines = [
            "height \(cell("height")) · block \(cell("hash")) · \(cell("pending")) transactions wait",
            "rules \(TextTable.cell(rules?["preset"])) · a node stakes \(Coins.text(ledger["requirement"])) coins · "
                + "swarms by \(TextTable.cell(rules?["swarmPolicy"])) · time scale \(TextTable.cell(rules?["timeScale"]))",
            "next reward \(cell("leader"))",
            "coins "
                + ["initial", "minted", "free", "staked", "locked", "burnt"].map {
                    "\($0) \(Coins.text(totals?[$0]))"
                }.joined(separator: " · "),
        ]
        if let failure = ledger["failure"]?.asString { lines.append("no blocks are made: \(failure)") }
        lines += TextTable(titles: Self.columns, rows: (ledger["nodes"]?.asArray ?? []).map(Self.row)).lines
        text = lines.joined(separator: "\n")
    }

    private static let columns = [
        "node", "state", "since", "registered", "swarm", "staked", "requirement", "credit", "leaves", "last reward",
        "contributors",
    ]

    private static func row(_ node: JSON) -> [String] {
        func cell(_ field: String) -> String { TextTable.cell(node[field]) }
        let contributors = (node["contributors"]?.asArray ?? []).map { contributor in
            "\(TextTable.cell(contributor["wallet"])) \(Coins.text(contributor["amount"]))"
        }
        return [
            cell("node"), cell("state"), cell("since"), cell("registrationHeight"), cell("swarm"),
            Coins.text(node["staked"]), Coins.text(node["requirement"]), cell("credit"), cell("leaves"),
            cell("lastReward"), contributors.joined(separator: ", "),
        ]
    }
}
