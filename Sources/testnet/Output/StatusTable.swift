import SessionProtocol

/// The network as a table: every node with its keys, addresses and ports, the swarms, and the ledger.
struct StatusTable {
    let text: String

    init(_ status: JSON) {
        let nodes = status["nodes"]?.asArray ?? []
        let rows = nodes.map { node in
            Self.columns.map { column in Self.cell(node[column.field]) }
        }
        var widths = Self.columns.map(\.title.count)
        for row in rows { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) } }
        func line(_ cells: [String]) -> String {
            zip(cells, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }.joined(separator: "  ")
        }
        var lines = [line(Self.columns.map(\.title))]
        lines += rows.map(line)
        for swarm in status["swarms"]?.asArray ?? [] {
            let members = swarm["members"]?.asArray?.compactMap(\.asString) ?? []
            lines.append("swarm \(Self.cell(swarm["id"])): \(members.count) nodes: \(members.joined(separator: " "))")
        }
        let ledger = status["ledger"]
        lines.append(
            "ledger: height \(Self.cell(ledger?["height"])), rpc \(Self.cell(ledger?["rpcURL"])), "
                + "omq \(Self.cell(ledger?["omqAddress"])) key \(Self.cell(ledger?["omqPubkey"]))")
        text = lines.map { $0.replacing(/\ +$/, with: "") }.joined(separator: "\n")
    }

    private static let columns: [(title: String, field: String)] = [
        ("node", "name"), ("state", "state"), ("pid", "pid"), ("ip", "ip"), ("https", "httpsPort"), ("omq", "omqPort"),
        ("swarm", "swarm"), ("ed25519", "pubkeyEd25519"), ("x25519", "pubkeyX25519"), ("legacy", "pubkeyLegacy"),
    ]

    private static func cell(_ value: JSON?) -> String {
        switch value {
        case nil, .null: "-"
        case .string(let text): text
        case let value?: value.text
        }
    }
}
