import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger register`: put a node of the network on the ledger.
struct LedgerRegister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Register a node of the network with its operator's stake.",
        discussion: """
            The treasury gives the operator what is missing of the stake. With spots reserved for others the node is \
            active once they have staked too.
            Example: testnet ledger register n3 --stake 9275 --reserve anna=9275 --fee 10
            """)

    @Argument(help: "A node such as n3.") var node: String
    @Option(help: "The operator's wallet. Default: 'operator of' the node.") var wallet: String?
    @Option(
        parsing: .unconditional, help: "What the operator locks, in coins. Default: what the ledger asks for.",
        transform: NumberFlag.coins)
    var stake: String?
    @Option(
        parsing: .unconditional, help: "The operator's share of rewards before they are divided, in percent.",
        transform: NumberFlag.percent)
    var fee: String?
    @Option(name: .customLong("reserve"), help: "A place for a contributor: WALLET=COINS. May be repeated.")
    var reserved: [String] = []
    @OptionGroup var run: RunOptions

    func validate() throws {
        for text in reserved {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, LedgerFigures.isCoins(String(parts[1])) else {
                throw ValidationError("--reserve is '\(text)', not WALLET=COINS such as anna=9275")
            }
        }
    }

    func run() async throws {
        try await LedgerChange(run: run).post(
            "register",
            [
                "node": .string(node), "wallet": wallet.map(JSON.string), "stake": stake.map(JSON.string),
                "fee": fee.map(JSON.string), "reserved": .array(reserved.map(JSON.string)),
            ])
    }
}
