import ArgumentParser
import Orchestrator

/// Which run a verb means.
struct RunOptions: ParsableArguments {
    @Option(help: "The run's name. Default: the latest one, or the only one that is up.") var name: String?
    @Option(help: "The directory that holds all runs.") var logs = "logs"
    @Flag(help: "Print JSON.") var json = false

    func validate() throws { try Self.requireFolder(logs, flag: "--logs") }

    /// An empty path would mean the root of the file system.
    static func requireFolder(_ path: String, flag: String) throws {
        guard !path.isEmpty else { throw ValidationError("\(flag) is empty; give a folder, or leave it out") }
    }

    func session() throws -> ControlSession { try ControlSession(name: name, parent: logs) }
}
