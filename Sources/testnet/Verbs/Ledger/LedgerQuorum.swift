import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger quorum`: who judges whom.
struct LedgerQuorum: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quorum",
        abstract: "Show the obligations quorum of a block: its validators, and the nodes they test.")

    @Option(
        parsing: .unconditional, help: "The block's height. Default: the top block.",
        transform: NumberFlag.whole(0...1_000_000_000_000, "blocks"))
    var height: UInt64?
    @OptionGroup var run: RunArgument

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let path = height.map { "/ledger/quorum/\($0)" } ?? "/ledger/quorum"
            let answer = try await run.session().get(path)
            Console.line(run.json ? answer.text : Self.text(answer))
        }
    }

    static func text(_ answer: JSON) -> String {
        func names(_ field: String) -> String {
            let names = answer[field]?.asArray ?? []
            return "\(names.count): \(names.isEmpty ? "nobody" : TextTable.cell(.array(names)))"
        }
        return """
            quorum of block \(TextTable.cell(answer["height"]))
            validators \(names("validators"))
            tested \(names("workers"))
            """
    }
}
