import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger show`: the chain's top, where the coins are, and every entry.
struct LedgerShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the chain's top, where all coins are, and every registered node.")

    @OptionGroup var run: RunArgument
    @OptionGroup var keys: KeyOptions

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let ledger = try await run.session().get("/ledger")
            Console.line(run.json ? ledger.text : LedgerTable(ledger, isFull: keys.full).text)
        }
    }
}
