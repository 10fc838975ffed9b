import Orchestrator
import SessionProtocol

/// Runs as `ps` lists them.
struct RunsTable {
    let lines: [String]

    /// - Parameter width: columns there are.
    init(_ runs: [RunSummary], width: Int = Console.tableWidth) {
        let rows = runs.map { run -> [String] in
            let holder = (run.holder ?? "-").split(separator: ", ", maxSplits: 1).map(String.init)
            return [
                run.name, run.state.rawValue, run.mode?.rawValue ?? "-", run.seed.map(String.init) ?? "-",
                run.nodes.map(String.init) ?? "-", holder.first ?? "-",
                holder.count > 1 ? holder[1].replacing("rpc ", with: "") : "-",
            ]
        }
        lines =
            TextTable(
                [
                    .init("run", shortest: 14), "state", "mode", "seed", "nodes", "held by",
                    .init("ledger", isSpare: true),
                ], rows: rows, width: width
            ).lines
    }
}
