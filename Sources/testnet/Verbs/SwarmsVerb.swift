import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet swarms`: who answers for which part of the ring.
struct SwarmsVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swarms",
        abstract: "Show the swarms of a running network: ring positions, sizes, members, and how they changed.")

    @Option(
        parsing: .unconditional, help: "How many of the last changes to show.",
        transform: NumberFlag.whole(0...1_000_000_000, "changes"))
    var changes = 20
    @OptionGroup var run: RunArgument

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let answer = try await run.session().get("/swarms")
            Console.line(run.json ? answer.text : SwarmsTable(answer, changes: changes).text)
        }
    }
}
