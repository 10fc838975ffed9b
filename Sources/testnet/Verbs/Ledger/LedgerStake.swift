import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger stake`: contribute to a node.
struct LedgerStake: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stake", abstract: "Lock a wallet's coins for a registered node.",
        discussion: """
            The treasury gives the wallet what it lacks.
            Example: testnet ledger stake n3 --wallet anna --amount 9275
            """)

    @Argument(help: "A node such as n3.") var node: String
    @Option(help: "Whose coins. Default: the wallet of the node's operator.") var wallet: String?
    @Option(parsing: .unconditional, help: "Coins to lock.", transform: NumberFlag.coins) var amount: String
    @OptionGroup var run: RunOptions

    func run() async throws {
        try await LedgerChange(run: run).post(
            "stake", ["node": .string(node), "wallet": wallet.map(JSON.string), "amount": .string(amount)])
    }
}
