import ArgumentParser
import Foundation
import Orchestrator
import Scenarios
import SessionProtocol

/// `testnet verify`: the one-shot check for CI.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start a network, deliver messages, check every copy, stop, and print the verdict.",
        discussion: """
            Exits 0 when everything holds, 1 when a check is violated, 2 when the run proves nothing. \
            A simulated run that does not hold ends with the command that replays it.
            Example: testnet verify --nodes 12 --mode subprocess --seed 7 --json
            """)

    @OptionGroup var network: TopologyOptions<Verify>
    @OptionGroup var run: StartOptions<Verify>
    @Option(parsing: .unconditional, help: "How many messages, 1-10000, each between clients of its own. Default: 20.")
    var messages: String?
    @Option(help: "A node to kill half-way, such as n3.") var kill: String?
    @Option(
        name: .customLong("network"),
        help: "How far apart simulated hosts are: loopback, lan or internet. Default: lan.")
    var profile: String?
    @Option(help: "How often a simulated network misbehaves: rare or none. Default: rare.") var mischief: String?

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let settings = try network.settings(
                name: run.name ?? "verify-\(getpid())", logs: run.logs,
                flags: [
                    (.messages, messages, "--messages"), (.kill, kill, "--kill"),
                    (.profile, profile, "--network"), (.mischief, mischief, "--mischief"),
                ])
            Console.outliveReaders()
            if !run.json { Console.line(Up.headline(settings)) }
            try settings.requireEnoughForDelivery()
            let judged = await JudgedRun(of: VerificationRun(settings), isSilent: run.json)
            judged.show(json: run.json)
            throw ExitCode(judged.exitCode)
        }
    }
}

extension Verify: NetworkVerb {
    static var simulates: Bool { true }
    static var defaultMode: String { "in-process" }
    static var defaultName: String { "verify- and the process id" }
}
