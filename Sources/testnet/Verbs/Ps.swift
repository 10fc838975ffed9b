import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet ps`: which runs there are.
struct Ps: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the runs that are under way: name, state, mode, seed, nodes, and who holds each.",
        discussion: "Example: testnet ps --all")

    @Flag(help: "List runs that are over, too.") var all = false
    @Option(help: "The directory that holds all runs.") var logs = "logs"
    @Flag(help: "Print JSON.") var json = false

    func validate() throws { try RunOptions.requireFolder(logs, flag: "--logs") }

    /// Says what this user cannot know.
    static func remark(_ closed: [ClosedFolder]) {
        guard !closed.isEmpty else { return }
        Console.remark("closed to you: " + closed.map(\.description).joined(separator: ", ") + "; runs may be up there")
    }

    func run() async throws {
        try await Failure.reporting(json: json) {
            let runs = try RunSummary.all(in: logs)
            let shown = all ? runs : runs.filter { $0.state != .over }
            let closed = try ClosedFolder.all(in: logs)
            guard !json else {
                let others = closed.map { JSON.object(["name": .string($0.name), "owner": .string($0.owner)]) }
                Console.line(JSON.object(["runs": .array(shown.map(\.json)), "closed": .array(others)]).text)
                return
            }
            if shown.isEmpty {
                let yours = closed.isEmpty ? "" : " of yours"
                Console.line("no run\(yours) is \(all ? "in" : "up in") \(logs); start one with 'testnet up'")
            } else {
                for line in RunsTable(shown).lines { Console.line(line) }
            }
            let hidden = runs.count - shown.count
            if hidden > 0 { Console.remark("\(hidden) more \(hidden == 1 ? "is" : "are") over; --all lists them") }
            Self.remark(closed)
        }
    }
}
