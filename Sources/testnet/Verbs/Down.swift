import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet down`: end a running network.
struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a running network.")

    @Argument(help: "The run. Default: the latest one.") var run: String?
    @Option(help: "The directory that holds all runs.") var logs = "logs"
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        try await Failure.reporting(json: json) {
            let session = try ControlSession(name: run, parent: logs)
            _ = try await session.post("/down", [:])
            try session.waitUntilReleased()
            Console.line(
                json
                    ? JSON.object(["down": .string(session.directory.name)]).text
                    : "the run '\(session.directory.name)' is down")
        }
    }
}
