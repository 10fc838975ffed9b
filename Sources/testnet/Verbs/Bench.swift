import ArgumentParser
import Foundation
import Orchestrator
import Scenarios

/// `testnet bench`: how fast a network runs under a load.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Run a network under a load, in virtual time unless told otherwise, judge it, and say how fast it ran.",
        discussion: """
            Load S: every client polls once a minute and writes every ten minutes. Load L: every client polls every ten \
            minutes and writes once an hour. A topology file may have the load, and flags override it. Exits as verify \
            does, and a simulated run that does not hold ends with the command that replays it.
            Example: testnet bench --load S --nodes 100 --clients 1000 --minutes 60 --crypto modelled --seed 7
            """)

    @OptionGroup var network: TopologyOptions<Bench>
    @OptionGroup var run: StartOptions<Bench>
    @Option(help: "S or L. Default: S.") var load: String?
    @Option(parsing: .unconditional, help: "How many clients, 2-100000. Default: 1000 without a topology file.")
    var clients: String?
    @Option(
        parsing: .unconditional, help: "How long the load lasts: minutes of the network's time, 1-100000. Default: 60.")
    var minutes: String?
    @Flag(help: "Leave out asking every node what it holds: for networks too large to list their messages.")
    var noInventory = false

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let settings = try network.settings(
                name: run.name ?? "bench-\(getpid())", logs: run.logs,
                flags: [
                    (.load, load, "--load"), (.clientCount, clients, "--clients"), (.minutes, minutes, "--minutes"),
                    (.inventory, noInventory ? "false" : nil, "--no-inventory"),
                ],
                over: base)
            Console.outliveReaders()
            if !run.json { Console.line(Up.headline(settings)) }
            try settings.requireEnoughForDelivery()
            let judged = await JudgedRun(of: MeasuredLoad(try LoadRun(settings)), isSilent: run.json)
            judged.show(json: run.json)
            throw ExitCode(judged.exitCode)
        }
    }

    /// What holds where neither the file nor a flag says otherwise.
    private var base: Topology {
        var base = Topology()
        base.mode = .simulated
        base.load = Topology.LoadSettings()
        // A file means the same clients here as where it is replayed.
        if network.topology == nil { base.clients.count = 1_000 }
        return base
    }
}

extension Bench: NetworkVerb {
    static var simulates: Bool { true }
    static var defaultMode: String { "simulated" }
    static var defaultName: String { "bench- and the process id" }
}
