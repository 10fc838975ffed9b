import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger unlock`: ask for a stake back.
struct LedgerUnlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Ask for a stake back: the node leaves after the unlock delay, and all its stakes are free again.")

    @Argument(help: "A node such as n3.") var node: String
    @Option(help: "The contributor who asks. Default: the node's operator.") var wallet: String?
    @OptionGroup var run: RunOptions

    func run() async throws {
        try await LedgerChange(run: run).post("unlock", ["node": .string(node), "wallet": wallet.map(JSON.string)])
    }
}
