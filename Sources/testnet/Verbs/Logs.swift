import ArgumentParser
import Foundation
import Orchestrator
import SessionProtocol

/// `testnet logs`: what nodes wrote.
struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show nodes' logs, merged by time.",
        discussion: "Example: testnet logs n3 n4 -f --grep swarmEntered")

    @Argument(help: "Names such as n3. Default: all nodes.") var nodes: [String] = []
    @Flag(name: .shortAndLong, help: "Go on with new lines until Ctrl-C.") var follow = false
    @Option(
        name: .customShort("n"), parsing: .unconditional, help: "How many last lines of each node.",
        transform: NumberFlag.whole(0...1_000_000_000, "lines"))
    var lines = 200
    @Option(help: "Only lines that contain this text.") var grep: String?
    @OptionGroup var run: RunOptions

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let reader = try LogReader(
                directory: directory(), nodes: nodes, lines: lines, containing: grep)
            for entry in reader.existing() { print(entry) }
            guard follow else { return }
            for try await entry in try reader.followed() { print(entry) }
        }
    }

    private func directory() throws -> RunDirectory {
        if let name = run.name { return RunDirectory(name: name, parent: run.logs) }
        guard let latest = RunDirectory.latest(in: run.logs) else { throw RunError.noRuns(parent: run.logs) }
        return latest
    }

    private func print(_ entry: LogReader.Entry) {
        Console.line(
            run.json
                ? JSON.object(["node": .string(entry.node), "line": .string(entry.line)]).text
                : "\(entry.node) | \(entry.line)")
    }
}
