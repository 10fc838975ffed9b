import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ledger lag`: let a node see the chain late.
struct LedgerLag: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lag", abstract: "Let a node see the chain some blocks late; 0 ends it.")

    @Argument(help: "A node such as n3.") var node: String
    @Option(
        parsing: .unconditional, help: "How many blocks late, 0-360.", transform: NumberFlag.whole(0...360, "blocks"))
    var blocks: UInt64
    @OptionGroup var run: RunOptions

    func run() async throws {
        try await LedgerChange(run: run).post("lag", ["node": .string(node), "blocks": .uint(blocks)])
    }
}
