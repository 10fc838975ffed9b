import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger advance`: let the ledger's time pass at once.
struct LedgerAdvance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advance",
        abstract: "Make many blocks at once, as if their time had passed.",
        discussion: """
            Nodes that run count as having proved themselves and passed their tests all the while; those that do not \
            run fail. Nodes hear of it once, at the end.
            Example: testnet ledger advance --days 30
            """)

    @Option(
        parsing: .unconditional, help: "How many blocks, 1-1000000.",
        transform: NumberFlag.whole(1...1_000_000, "blocks"))
    var blocks: UInt64?
    @Option(
        parsing: .unconditional, help: "How many days of 720 blocks, 1-1388.",
        transform: NumberFlag.whole(1...1_388, "days"))
    var days: UInt64?
    @OptionGroup var run: RunArgument

    func validate() throws {
        guard (blocks == nil) != (days == nil) else { throw ValidationError("give either --blocks or --days") }
    }

    func run() async throws {
        try await LedgerChange(run: run.run).post(
            "advance", ["blocks": blocks.map(JSON.uint), "days": days.map(JSON.uint)], timeout: .seconds(600))
    }
}
