import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger …`: look at the staking ledger of a running network, and act on it as its operators do.
struct LedgerVerbs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Look at the staking ledger of a running network, and act on it.",
        discussion: """
            Wallets have names: 'treasury', 'operator of n1' and so on, and any other name, which is a new wallet. \
            Amounts are coins with up to nine decimals. A day of the ledger has 720 blocks.
            """,
        subcommands: [
            LedgerShow.self, LedgerWallets.self, LedgerQuorum.self, LedgerRegister.self, LedgerStake.self,
            LedgerUnlock.self, LedgerTransfer.self, LedgerName.self, LedgerDecommission.self,
            LedgerRecommission.self, LedgerDeregister.self, LedgerAdvance.self, LedgerReorg.self, LedgerLag.self,
            LedgerRestart.self, LedgerEconomics.self,
        ])
}

/// What the verbs that change the ledger share: a request whose answer has a `summary`.
struct LedgerChange {
    let run: RunOptions

    func post(_ path: String, _ fields: [String: JSON?], timeout: Duration = .seconds(60)) async throws {
        try await Failure.reporting(json: run.json) {
            let given = fields.compactMapValues { $0 }
            let answer = try await run.session().post("/ledger/\(path)", .object(given), timeout: timeout)
            Console.line(run.json ? answer.text : TextTable.cell(answer["summary"]))
        }
    }
}
