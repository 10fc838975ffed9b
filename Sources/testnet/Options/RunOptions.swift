import ArgumentParser
import Foundation
import Orchestrator
import SessionProtocol

/// Which run a verb means.
struct RunOptions: ParsableArguments {
    @Option(help: "The run's name. Default: the only one that is up.") var name: String?
    @Option(help: "The directory that holds all runs.") var logs = "logs"
    @Flag(help: "Print JSON.") var json = false

    func validate() throws { try Self.requireFolder(logs, flag: "--logs") }

    /// A folder, or what can become one. An empty path would mean the root of the file system.
    static func requireFolder(_ path: String, flag: String) throws {
        guard !path.isEmpty else { throw ValidationError("\(flag) is empty; give a folder, or leave it out") }
        var isFolder: ObjCBool = false
        guard !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) || isFolder.boolValue else {
            throw ValidationError("\(flag): \(path) is a file; give a folder, or a name that is free")
        }
    }

    /// The network that is meant; what it answers is shown under its name.
    func session() throws -> NamedSession { NamedSession(try ControlSession(name: name, parent: logs), json: json) }
}

/// As ``RunOptions``, for verbs that have no other arguments: the run may stand alone, as `testnet status dev`.
struct RunArgument: ParsableArguments {
    @Argument(help: "The run, as with --name.") var runName: String?
    @OptionGroup var options: RunOptions

    var json: Bool { options.json }

    func validate() throws {
        guard runName == nil || options.name == nil else { throw ValidationError("give the run once, or with --name") }
    }

    /// With the run's name wherever it was given.
    var run: RunOptions {
        var run = options
        run.name = runName ?? options.name
        return run
    }

    func session() throws -> NamedSession { try run.session() }
}

/// How much of keys is shown.
struct KeyOptions: ParsableArguments {
    @Flag(help: "Print keys whole, and every column and line whatever the terminal's width.") var full = false
}
