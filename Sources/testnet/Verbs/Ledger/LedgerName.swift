import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger name`: give an account a name.
struct LedgerName: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "name", abstract: "Give an account a name that clients can look up.",
        discussion: """
            The price is burnt; the treasury gives the wallet what it lacks. A name that is taken may be given another \
            account, free of charge, by the wallet that bought it.
            Example: testnet ledger name alice --account 05… --wallet anna
            """)

    @Argument(help: ArgumentHelp("1-64 letters, digits, - and _; case does not matter.", valueName: "alias"))
    var text: String
    @Option(help: "The Session ID it stands for: 05 and 64 hex digits.") var account: String
    @Option(help: "Who pays, and may change it later.") var wallet = "treasury"
    @OptionGroup var run: RunOptions

    func run() async throws {
        try await LedgerChange(run: run).post(
            "name", ["name": .string(text), "account": .string(account), "wallet": .string(wallet)])
    }
}
