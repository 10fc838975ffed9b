import ArgumentParser
import Foundation

/// What verbs that start a network say differently of the flags they share: help lists what the verb takes, and nothing else.
protocol NetworkVerb {
    /// Whether it runs networks in virtual time.
    static var simulates: Bool { get }
    /// The mode that it takes for given.
    static var defaultMode: String { get }
    /// What the run is called when nobody says.
    static var defaultName: String { get }
}

/// Where a network that is started keeps its run, and how its verb prints.
struct StartOptions<Verb: NetworkVerb>: ParsableArguments {
    @Option(help: "The run's name, 1-32 of a-z, 0-9 and '-'. Default: \(Verb.defaultName).") var name: String?
    @Option(help: "The directory that holds all runs.") var logs = "logs"
    @Flag(help: "Print JSON.") var json = false

    func validate() throws { try RunOptions.requireFolder(logs, flag: "--logs") }
}
