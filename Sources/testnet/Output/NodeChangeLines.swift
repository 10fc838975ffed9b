import SessionProtocol

/// What a verb did to nodes: one line for each.
struct NodeChangeLines {
    let lines: [String]

    /// - Parameter answer: the network's, with `changes` and `nodes`.
    init(_ answer: JSON) {
        let nodes = answer["nodes"]?.asArray ?? []
        lines = (answer["changes"]?.asArray ?? []).map { change in
            let name = TextTable.cell(change["node"])
            return Self.line(name, change, nodes.first { $0["name"]?.asString == name })
        }
    }

    private static func line(_ name: String, _ change: JSON, _ node: JSON?) -> String {
        let before = change["before"]?.asString
        guard let after = change["after"]?.asString else { return "\(name)  left the network" }
        guard change["changed"] == true else { return "\(name)  \(after) as before: nothing changed" }
        guard let before else { return "\(name)  new, \(after)\(place(node))" }
        return before == after
            ? "\(name)  started again\(place(node))"
            : "\(name)  \(before) → \(after)\(after == "running" ? place(node) : "")"
    }

    private static func place(_ node: JSON?) -> String {
        guard let node, let address = node["ip"]?.asString else { return "" }
        return " at \(address), https \(TextTable.cell(node["httpsPort"])), omq \(TextTable.cell(node["omqPort"]))"
            + (node["swarm"]?.asString.map { ", swarm \($0)" } ?? "")
    }
}
