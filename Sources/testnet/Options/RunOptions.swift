import ArgumentParser
import Orchestrator

/// Which run a verb means.
struct RunOptions: ParsableArguments {
    @Option(help: "The run's name. Default: the latest one, or the only one that is up.") var name: String?
    @Option(help: "The directory that holds all runs.") var logs = "logs"
    @Flag(help: "Print JSON.") var json = false

    func session() throws -> ControlSession { try ControlSession(name: name, parent: logs) }
}
