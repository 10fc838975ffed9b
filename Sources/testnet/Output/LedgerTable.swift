import SessionProtocol

/// The ledger as a person reads it.
struct LedgerTable {
    let text: String

    /// - Parameters:
    ///   - isFull: whether nothing is shortened or left out.
    ///   - width: columns there are.
    init(_ ledger: JSON, isFull: Bool = false, width: Int = Console.tableWidth) {
        let width = isFull ? nil : width
        func cell(_ field: String) -> String { TextTable.cell(ledger[field]) }
        let totals = ledger["totals"]
        let rules = ledger["rules"]
        let hash = isFull ? cell("hash") : TextCut.to(Self.shortHash, cell("hash"))
        let heading = [
            ["height \(cell("height"))", "block \(hash)", "\(cell("pending")) transactions wait"],
            [
                "rules \(TextTable.cell(rules?["preset"]))", "a node stakes \(Coins.text(ledger["requirement"])) coins",
                "swarms by \(TextTable.cell(rules?["swarmPolicy"]))",
                "time scale \(TextTable.cell(rules?["timeScale"]))",
            ],
            ["next reward \(cell("leader"))"],
        ]
        var lines = heading.flatMap { TextCut.listing($0.joined(separator: " · "), [], width: width) }
        let coins = ["initial", "minted", "free", "staked", "locked", "burnt"].map {
            "\($0) \(Coins.text(totals?[$0]))"
        }
        lines += TextCut.listing("coins \(coins.joined(separator: " · "))", [], width: width)
        if let failure = ledger["failure"]?.asString { lines.append("no blocks are made: \(failure)") }
        lines += TextTable(Self.columns, rows: (ledger["nodes"]?.asArray ?? []).map(Self.row), width: width).lines
        text = lines.joined(separator: "\n")
    }

    private static let shortHash = 17
    /// What is left out first stands last among those that may be.
    private static let columns: [TextTable.Column] = [
        "node", "state", "since", .init("registered", isSpare: true), .init("swarm", shortest: 9), "staked",
        .init("requirement", isSpare: true), "credit", .init("leaves"), .init("last reward", isSpare: true),
        .init("contributors", isWrapped: true),
    ]

    private static func row(_ node: JSON) -> [String] {
        func cell(_ field: String) -> String { TextTable.cell(node[field]) }
        let contributors = (node["contributors"]?.asArray ?? []).map { contributor in
            let wallet = TextTable.cell(contributor["wallet"])
            // Whose operator it is, the row says.
            return (wallet == "operator of \(cell("node"))" ? "operator" : wallet)
                + " \(Coins.text(contributor["amount"]))"
        }
        return [
            cell("node"), cell("state"), cell("since"), cell("registrationHeight"), cell("swarm"),
            Coins.text(node["staked"]), Coins.text(node["requirement"]), cell("credit"), cell("leaves"),
            cell("lastReward"), contributors.joined(separator: ", "),
        ]
    }
}
