import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger restart`: end the ledger and start it again.
struct LedgerRestart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "End the ledger and start it again on the same ports; it goes on from the blocks it has kept.")

    @OptionGroup var run: RunArgument

    func run() async throws { try await LedgerChange(run: run.run).post("restart", [:], timeout: .seconds(600)) }
}
