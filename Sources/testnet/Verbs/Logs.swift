import ArgumentParser
import Foundation
import Orchestrator
import SessionProtocol

/// `testnet logs`: what nodes wrote.
struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show nodes' logs, merged by time.",
        discussion: """
            Keys have the names of their owners; on a terminal events are cut to its width. With --full lines are as \
            they stand in the logs, with --json events are the objects they were recorded as.
            Example: testnet logs n3 n4 -f --grep swarmEntered
            """)

    @Argument(help: "Names such as n3. Default: all nodes.") var nodes: [String] = []
    @Flag(name: .shortAndLong, help: "Go on with new lines until Ctrl-C.") var follow = false
    @Option(
        name: .customShort("n"), parsing: .unconditional, help: "How many last lines of each node.",
        transform: NumberFlag.whole(0...1_000_000_000, "lines"))
    var lines = 200
    @Option(help: "Only lines that contain this text.") var grep: String?
    @OptionGroup var run: RunOptions
    @OptionGroup var keys: KeyOptions

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let choice = try RunChoice(name: run.name, in: run.logs)
            let reader = try LogReader(
                directory: choice.run.directory, nodes: nodes, lines: lines, containing: grep,
                isWhole: run.json || keys.full)
            let display = LogLineText(
                names: reader.names, isJSON: run.json, isFull: keys.full, width: Console.width)
            // Beside the lines, which a program may read.
            Console.remark(choice.run.heading)
            if let remark = choice.remark(up: try RunSummary.up(in: run.logs)) { Console.remark(remark) }
            let follower = follow ? try LogFollower(reader) : nil
            for entry in reader.existing(isFollowed: follow) { Console.line(display.text(entry)) }
            while let news = try follower?.next() {
                if news.isOfNewStart {
                    Console.remark("started again: \(RunSummary(choice.run.directory).heading)")
                }
                for entry in news.entries { Console.line(display.text(entry)) }
            }
        }
    }
}
