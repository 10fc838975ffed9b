import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger wallets`: who owns how much.
struct LedgerWallets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wallets",
        abstract: "Show every wallet with its free, staked and locked coins, and rewards that wait to be paid.")

    @OptionGroup var run: RunArgument
    @OptionGroup var keys: KeyOptions

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let answer = try await run.session().get("/ledger/wallets")
            Console.line(run.json ? answer.text : Self.table(answer, isFull: keys.full).lines.joined(separator: "\n"))
        }
    }

    static func table(_ answer: JSON, isFull: Bool, width: Int = Console.tableWidth) -> TextTable {
        let rows = (answer["wallets"]?.asArray ?? []).map { wallet in
            [TextTable.cell(wallet["name"])] + ["free", "staked", "locked", "accrued"].map { Coins.text(wallet[$0]) }
                + [TextTable.cell(wallet["address"])]
        }
        return TextTable(
            ["wallet", "free", "staked", "locked", "accrued", .init("address", shortest: 9, isSpare: true)], rows: rows,
            width: isFull ? nil : width)
    }
}
