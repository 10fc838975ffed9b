import SessionProtocol

/// The network as a table: every node with its keys, addresses and ports, the swarms, and the ledger.
struct StatusTable {
    let text: String

    /// - Parameter width: columns there are; keys are shortened to fit. `nil` prints everything.
    init(_ status: JSON, width: Int? = Console.width) {
        let nodes = status["nodes"]?.asArray ?? []
        let fullRows = nodes.map { node in
            Self.columns.map { column in
                let cell = TextTable.cell(node[column.field])
                return column.field == "state" && node["external"] == true ? "\(cell), external" : cell
            }
        }
        let rows = Self.fit(fullRows, width: width)
        var lines = TextTable(titles: Self.columns.map(\.title), rows: rows).lines
        for swarm in status["swarms"]?.asArray ?? [] {
            let members = swarm["members"]?.asArray?.compactMap(\.asString) ?? []
            lines.append(
                "swarm \(TextTable.cell(swarm["id"])): \(members.count) nodes: \(members.joined(separator: " "))")
        }
        let ledger = status["ledger"]
        lines.append(
            "ledger: height \(TextTable.cell(ledger?["height"])), rpc \(TextTable.cell(ledger?["rpcURL"])), "
                + "omq \(TextTable.cell(ledger?["omqAddress"])) key \(TextTable.cell(ledger?["omqPubkey"]))")
        lines += (status["lacks"]?.asArray ?? []).compactMap(\.asString).map { "cannot write: \($0)" }
        text = lines.joined(separator: "\n")
    }

    /// Shortens keys until a row fits, but never below what tells nodes apart.
    private static func fit(_ rows: [[String]], width: Int?) -> [[String]] {
        guard let width, let first = rows.first else { return rows }
        let keys = columns.indices.filter { columns[$0].field.hasPrefix("pubkey") }
        let others = columns.indices.filter { !keys.contains($0) }.map { column in
            max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0)
        }
        let room = (width - others.reduce(0, +) - 2 * (columns.count - 1)) / keys.count
        guard room < (keys.map { first[$0].count }.max() ?? 0) else { return rows }
        return rows.map { row in
            var row = row
            for key in keys { row[key] = row[key].prefix(max(shortestKey, room - 1)) + "…" }
            return row
        }
    }

    private static let shortestKey = 8
    private static let columns: [(title: String, field: String)] = [
        ("node", "name"), ("state", "state"), ("ledger", "stake"), ("pid", "pid"), ("ip", "ip"), ("https", "httpsPort"),
        ("omq", "omqPort"),
        ("swarm", "swarm"), ("ed25519", "pubkeyEd25519"), ("x25519", "pubkeyX25519"), ("legacy", "pubkeyLegacy"),
    ]
}
