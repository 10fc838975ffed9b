import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger reorg`: replace the newest blocks by others.
struct LedgerReorg: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reorg",
        abstract: "Replace the newest blocks by others; what is still valid counts again in the new ones.")

    @Option(
        parsing: .unconditional, help: "How many blocks are replaced, 1-360.",
        transform: NumberFlag.whole(1...360, "blocks"))
    var depth: UInt64
    @OptionGroup var run: RunArgument

    func run() async throws {
        try await LedgerChange(run: run.run).post("reorg", ["depth": .uint(depth)], timeout: .seconds(600))
    }
}
