import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet down`: end a running network.
struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a running network.")

    @Argument(help: "The run, as with --name.") var runName: String?
    @OptionGroup var run: RunOptions

    func validate() throws {
        guard runName == nil || run.name == nil else { throw ValidationError("give the run once, or with --name") }
    }

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let session = try ControlSession(name: runName ?? run.name, parent: run.logs)
            try await session.end()
            Console.line(
                run.json
                    ? JSON.object(["down": .string(session.directory.name)]).text
                    : "the run '\(session.directory.name)' is down")
        }
    }
}
