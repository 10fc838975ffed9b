import ArgumentParser
import Foundation
import Orchestrator
import Scenarios
import SessionProtocol

/// `testnet replay`: a simulated run once more, compared with what it was.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Repeat a simulated run and tell whether its history is the same.",
        discussion: """
            The token stands in the last line of a simulated verify or bench that failed. Exits 0 when the history is the same, \
            whatever the verdict, and 3 when it is another; then the first event that differs is shown, if the recorded \
            run is still among the logs. A replay that breaks off before it has a history exits as that run does. A token of another version is replayed all the same, with a warning.
            Example: testnet replay tn1:7:0.2.0+3f9a1c27be04:52d8a1f0c39b7e64:9c1b04e2d75fa836
            """)

    @Argument(help: "tn1:<seed>:<version>:<topology-hash>:<history-hash>") var token: String
    @Option(help: "The run's topology file. Default: the one with the token's hash among topologies and logs.")
    var topology: String?
    @Option(help: "The directory of topology files.") var topologies = "topologies"
    @Option(help: "The directory that holds all runs.") var logs = "logs"
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        try RunOptions.requireFolder(topologies, flag: "--topologies")
        try RunOptions.requireFolder(logs, flag: "--logs")
    }

    func run() async throws {
        try await Failure.reporting(json: json) {
            let token = try ReplayToken(parsing: token)
            let search = TopologySearch(topologies: topologies, logs: logs)
            let found = try topology(of: token, search)
            let settings = settings(token, found.topology)
            Console.outliveReaders()
            if !json {
                Console.line(Up.headline(settings))
                Console.line("topology \(found.file)")
            }
            let isOtherVersion = token.version != Release.version
            if isOtherVersion {
                Console.error(
                    "the run was of version \(token.version), this is \(Release.version); another history may come of that"
                )
            }
            try settings.requireEnoughForDelivery()
            let judged = await JudgedRun(of: try run(of: settings), isSilent: json)
            let comparison = try ReplayComparison(
                of: judged.historyHash, with: token.historyHash, isOtherVersion: isOtherVersion,
                difference: { try HistoryDifference.between(token, and: settings.directory, in: search) })
            judged.show(json: json, remarks: comparison.fields, text: comparison.lines)
            throw ExitCode(comparison.isSame.map { $0 ? 0 : Failure.otherHistory } ?? judged.exitCode)
        }
    }

    private func topology(of token: ReplayToken, _ search: TopologySearch) throws -> TopologySearch.Found {
        guard let file = topology else { return try search.topology(withHash: token.topologyHash) }
        return try TopologySearch.topology(in: file, withHash: token.topologyHash)
    }

    /// The run that a topology describes: its load, or a verification.
    private func run(of settings: NetworkSettings) throws -> any JudgeableRun {
        settings.topology.load == nil ? VerificationRun(settings) : MeasuredLoad(try LoadRun(settings))
    }

    private func settings(_ token: ReplayToken, _ recorded: Topology) -> NetworkSettings {
        var topology = recorded
        topology.mode = .simulated
        return NetworkSettings(topology, seed: token.seed, name: "replay-\(getpid())", logs: logs)
    }
}
