import ArgumentParser
import Foundation
import Orchestrator
import Scenarios
import SessionProtocol
import Synchronization
import Verdicts

/// `testnet bench`: how fast a network runs under a load.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a network under a load in virtual time, judge it, and say how fast it ran.",
        discussion: """
            Load S: every client polls once a minute and writes every ten minutes. Load L: every client polls every ten
            minutes and writes once an hour. Exits as verify does.
            Example: testnet bench --load S --nodes 100 --clients 1000 --minutes 60 --crypto modelled --seed 7
            """)

    @OptionGroup var network: TopologyOptions
    @OptionGroup var run: RunOptions
    @Option(help: "S or L.") var load = "S"
    @Option(help: "How many clients.") var clients = 1_000
    @Option(help: "How long the load lasts, in minutes of virtual time.") var minutes = 60
    @Flag(help: "Leave out asking every node what it holds: for networks too large to list their messages.")
    var noInventory = false

    func validate() throws {
        guard Load.named(load) != nil else { throw ValidationError("--load is '\(load)', not one of S, L") }
        guard (2...100_000).contains(clients) else {
            throw ValidationError("--clients is \(clients), outside 2–100000")
        }
        guard (1...100_000).contains(minutes) else {
            throw ValidationError("--minutes is \(minutes), outside 1–100000")
        }
    }

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            var settings = try network.settings(name: run.name ?? "bench-\(getpid())", logs: run.logs)
            settings.topology.clients.count = clients
            try settings.requireEnoughForDelivery()
            if !run.json { Console.line(Up.headline(settings)) }
            guard let load = Load.named(load) else { return }
            let meter = LoadMeter()
            let run = LoadRun(settings, load: load, duration: .seconds(minutes * 60), takesInventory: !noInventory)
            let display = ReadinessDisplay(silent: self.run.json)
            let report = try await run.run(report: { display.show($0) }, measure: { meter.note($0, $1) })
            let figures = meter.figures
            Console.line(self.run.json ? json(report, figures, settings).text : text(report, figures))
            throw ExitCode(report.judged.verdict.exitCode)
        }
    }

    private func json(_ report: LoadReport, _ figures: LoadFigures, _ settings: NetworkSettings) -> JSON {
        var fields = figures.json
        fields["load"] = .string(load.uppercased())
        fields["clients"] = .int(clients)
        fields["counts"] = report.counts.json
        return .object((report.judged.json.asObject ?? [:]).merging(fields) { _, figure in figure })
    }

    private func text(_ report: LoadReport, _ figures: LoadFigures) -> String {
        let counts = report.counts
        return [
            "load \(load.uppercased()) · \(clients) clients · \(minutes) virtual minutes",
            "polls \(counts.polls), failed \(counts.failedPolls) · messages \(counts.sends), failed \(counts.failedSends), "
                + "received \(counts.received)",
            figures.text, report.judged.text,
        ].joined(separator: "\n")
    }
}
