import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet status`: what a running network looks like.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a running network: nodes with keys and ports, swarms, ledger height.")

    @OptionGroup var run: RunArgument
    @OptionGroup var keys: KeyOptions

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let status = try await run.session().get("/status")
            Console.line(run.json ? status.text : StatusTable(status, isFull: keys.full).text)
        }
    }
}
