import SessionProtocol

/// The network as a table: every node with its addresses, ports and keys, the swarms, and the ledger.
struct StatusTable {
    let text: String

    /// - Parameters:
    ///   - isFull: whether keys are whole and nothing is left out.
    ///   - width: columns there are: keys and swarms are shortened to fit, and left out where they do not.
    init(_ status: JSON, isFull: Bool = false, width: Int = Console.tableWidth) {
        let width = isFull ? nil : width
        let nodes = status["nodes"]?.asArray ?? []
        let rows = nodes.map { node in
            Self.columns.map { column in
                let cell = TextTable.cell(node[column.field])
                return column.field == "state" && node["external"] == true ? "\(cell), external" : cell
            }
        }
        var lines = TextTable(Self.columns.map(\.column), rows: rows, width: width).lines
        for swarm in status["swarms"]?.asArray ?? [] {
            let members = swarm["members"]?.asArray?.compactMap(\.asString) ?? []
            lines += TextCut.listing(
                "swarm \(TextTable.cell(swarm["id"])): \(members.count) nodes:", members, width: width)
        }
        let ledger = status["ledger"]
        let key = TextTable.cell(ledger?["omqPubkey"])
        lines += TextCut.listing(
            "ledger:",
            [
                "height \(TextTable.cell(ledger?["height"])),", "rpc \(TextTable.cell(ledger?["rpcURL"])),",
                "omq \(TextTable.cell(ledger?["omqAddress"]))", "key \(isFull ? key : TextCut.to(Self.shortKey, key))",
            ], width: width)
        lines += (status["lacks"]?.asArray ?? []).compactMap(\.asString).map { "cannot write: \($0)" }
        text = lines.joined(separator: "\n")
    }

    /// Eight digits tell nodes apart.
    private static let shortKey = 9
    private static let columns: [(column: TextTable.Column, field: String)] = [
        ("node", "name"), ("state", "state"), ("ledger", "stake"), (.init("pid", isSpare: true), "pid"), ("ip", "ip"),
        ("https", "httpsPort"), ("omq", "omqPort"), (.init("swarm", shortest: shortKey), "swarm"),
        (.init("ed25519", shortest: shortKey, isSpare: true), "pubkeyEd25519"),
        (.init("x25519", shortest: shortKey, isSpare: true), "pubkeyX25519"),
        (.init("legacy", shortest: shortKey, isSpare: true), "pubkeyLegacy"),
    ]
}
