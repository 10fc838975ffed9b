import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger decommission`: force what otherwise quorums vote for.
struct LedgerDecommission: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decommission",
        abstract: "Set nodes aside: out of their swarms and unpaid, until they come back or their credit is used up.",
        discussion: "The network's operator needs no votes; the rules about a node's state hold all the same.")

    @Argument(help: "Nodes such as n3.") var nodes: [String]
    @OptionGroup var run: RunOptions

    func run() async throws {
        try await LedgerChange(run: run).post("decommission", ["nodes": .array(nodes.map(JSON.string))])
    }
}
