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
        guard (1...10_000).contains(messages) else {
            throw ValidationError("--messages is \(messages), outside 1–10000")
        }
    }

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let settings = try network.settings(name: run.name ?? "verify-\(getpid())", logs: run.logs)
            if !run.json { Console.line(Up.headline(settings)) }
            try settings.requireEnoughForDelivery()
            do {
                let report = try await untilInterrupted(settings)
                Console.line(run.json ? report.json.text : report.text)
                throw ExitCode(report.verdict.exitCode)
            } catch let error where !(error is ExitCode) {
                if run.json {
                    // The last line is one object with a verdict, however the run ended.
                    Console.line(Self.unjudged(error, settings).text)
                } else {
                    Console.error("\(error)")
                }
                throw ExitCode(Self.code(of: error))
            }
        }
    }

    /// Runs the check; Ctrl-C ends the network in good order first.
    private func untilInterrupted(_ settings: NetworkSettings) async throws -> VerificationReport {
        let signals = TerminationSignals([SIGINT, SIGTERM])
        let display = ReadinessDisplay(silent: run.json)
        let verification = VerificationRun(settings, messages: messages, timeout: .seconds(timeout))
        return try await withThrowingTaskGroup(of: VerificationReport?.self) { group in
            group.addTask { try await verification.run { display.show($0) } }
            group.addTask {
                await signals.first()
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            guard let report = first else {
                // The run ends its network before it throws.
                while await group.nextResult() != nil {}
                throw ExitCode(Failure.interrupted)
            }
            return report
        }
    }

    /// A run that broke off proves nothing, unless it broke off because a node ended.
    private static func verdict(of error: any Error) -> Verdict {
        if case ReadinessError.nodeEnded = error { .violated } else { .inconclusive }
    }

    private static func code(of error: any Error) -> Int32 {
        let code = Failure.code(of: error)
        return code == Failure.failed ? verdict(of: error).exitCode : code
    }

    /// What `--json` says of a run that never came to be judged.
    private static func unjudged(_ error: any Error, _ settings: NetworkSettings) -> JSON {
        let verdict = verdict(of: error)
        let reason: JSON = ["check": "networkBecomesReady", "text": .string("\(error)")]
        return [
            "verdict": .string(verdict.rawValue), "error": .string("\(error)"), "seed": .uint(settings.seed),
            "mode": .string(settings.topology.mode.rawValue), "nodes": .int(settings.topology.nodes.count),
            "swarms": 0, "readyMilliseconds": .null, "firstMessageMilliseconds": .null, "downMilliseconds": .null,
            "messages": ["sent": 0, "delivered": 0, "fullyReplicated": 0],
            "violations": verdict == .violated ? [reason] : [],
        ]
    }
}
