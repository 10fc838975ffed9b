import SessionProtocol

/// Swarms by their place on the ring, and how they came to be.
struct SwarmsTable {
    let text: String

    /// - Parameters:
    ///   - changes: how many of the last changes are shown; `nil` shows none.
    ///   - width: columns there are; `nil`: as many as it takes.
    init(_ answer: JSON, changes: Int?, width: Int? = Console.tableWidth) {
        let swarms = answer["swarms"]?.asArray ?? []
        let rows = swarms.map { swarm in
            [
                TextTable.cell(swarm["id"]), TextTable.cell(swarm["position"]), TextTable.cell(swarm["size"]),
                TextTable.cell(swarm["members"]),
            ]
        }
        var lines = TextTable(
            ["swarm", "ring", "size", .init("members", isWrapped: true)], rows: rows, width: width
        ).lines
        let history = answer["history"]?.asArray ?? []
        if let changes, !history.isEmpty {
            lines += ["", "changes, newest last:"]
            for change in history.suffix(changes) {
                lines += TextCut.listing(
                    "block \(TextTable.cell(change["height"])):",
                    TextTable.cell(change["text"]).split(separator: " ").map(String.init), width: width)
            }
        }
        text = lines.joined(separator: "\n")
    }
}
