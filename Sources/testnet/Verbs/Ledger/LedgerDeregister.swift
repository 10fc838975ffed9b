import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger deregister`: force what otherwise quorums vote for.
struct LedgerDeregister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deregister",
        abstract: "Throw nodes out; their stakes stay locked for the deregistration delay.",
        discussion: "The network's operator needs no votes; the rules about a node's state hold all the same.")

    @Argument(help: "Nodes such as n3.") var nodes: [String]
    @OptionGroup var run: RunOptions

    func run() async throws {
        try await LedgerChange(run: run).post("deregister", ["nodes": .array(nodes.map(JSON.string))])
    }
}
