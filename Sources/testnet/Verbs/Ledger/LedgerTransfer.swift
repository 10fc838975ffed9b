import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger transfer`: move coins between wallets.
struct LedgerTransfer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Move coins from one wallet to another.",
        discussion: "Example: testnet ledger transfer --to anna --amount 100")

    @Option(help: "Whose coins.") var from = "treasury"
    @Option(help: "Who gets them.") var to: String
    @Option(parsing: .unconditional, help: "How many coins.", transform: NumberFlag.coins) var amount: String
    @OptionGroup var run: RunOptions

    func run() async throws {
        try await LedgerChange(run: run).post(
            "transfer", ["from": .string(from), "to": .string(to), "amount": .string(amount)])
    }
}
