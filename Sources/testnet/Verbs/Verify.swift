import ArgumentParser
import Foundation
import Orchestrator
import Scenarios
import SessionProtocol
import Verdicts

/// `testnet verify`: the one-shot check for CI.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start a network, deliver messages, check every copy, stop, and print the verdict.",
        discussion: """
            Exits 0 when everything holds, 1 when a check is violated, 2 when the run proves nothing.
            Example: testnet verify --nodes 12 --mode subprocess --seed 7 --json
            """)

    @OptionGroup var network: TopologyOptions
    @OptionGroup var run: RunOptions
    @Option(help: "How many messages, each between clients of its own.") var messages = 20
    @Option(help: "How long the network may take to become ready, in seconds.") var timeout = 60

    func validate() throws {
        guard (2...10_000).contains(messages) else {
            throw ValidationError("--messages is \(messages), outside 2–10000: senders and recipients differ")
        }
    }

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let settings = try network.settings(name: run.name ?? "verify-\(getpid())", logs: run.logs)
            if !run.json { Console.line(Up.headline(settings)) }
            let display = ReadinessDisplay(silent: run.json)
            let report = try await VerificationRun(settings, messages: messages, timeout: .seconds(timeout)).run {
                display.show($0)
            }
            Console.line(run.json ? report.json.text : report.text)
            throw ExitCode(report.verdict.exitCode)
        }
    }
}
