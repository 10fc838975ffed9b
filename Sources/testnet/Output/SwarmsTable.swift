import SessionProtocol

/// Swarms by their place on the ring, and how they came to be.
struct SwarmsTable {
    let text: String

    /// - Parameter changes: how many of the last changes are shown; `nil` shows none.
    init(_ answer: JSON, changes: Int?) {
        let swarms = answer["swarms"]?.asArray ?? []
        let rows = swarms.map { swarm in
            [
                TextTable.cell(swarm["id"]), TextTable.cell(swarm["position"]), TextTable.cell(swarm["size"]),
                TextTable.cell(swarm["members"]),
            ]
        }
        var lines = TextTable(titles: ["swarm", "ring", "size", "members"], rows: rows).lines
        let history = answer["history"]?.asArray ?? []
        if let changes, !history.isEmpty {
            lines += ["", "changes, newest last:"]
            lines += history.suffix(changes).map {
                "block \(TextTable.cell($0["height"])): \(TextTable.cell($0["text"]))"
            }
        }
        text = lines.joined(separator: "\n")
    }
}
