import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger recommission`: force what otherwise quorums vote for.
struct LedgerRecommission: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommission",
        abstract: "Take decommissioned nodes back.",
        discussion: "The network's operator needs no votes; the rules about a node's state hold all the same.")

    @Argument(help: "Nodes such as n3.") var nodes: [String]
    @OptionGroup var run: RunOptions

    func run() async throws {
        try await LedgerChange(run: run).post("recommission", ["nodes": .array(nodes.map(JSON.string))])
    }
}
