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

    /// What is down already needs no ending: that is what was asked for.
    private func end() async throws -> (name: String?, wasUp: Bool) {
        do {
            let session = try ControlSession(name: runName ?? run.name, parent: run.logs)
            try await session.end()
            return (session.directory.name, true)
        } catch RunError.notRunning(let name, _) {
            return (name, false)
        } catch RunError.simulated(let name, _) where !RunDirectory(name: name, parent: run.logs).isHeld {
            return (name, false)
        } catch RunError.noRuns {
            return (nil, false)
        }
    }

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let ended = try await end()
            let text =
                switch ended {
                case (let name?, true): "the run '\(name)' is down"
                case (let name?, false): "the run '\(name)' was down already"
                case (nil, _): "there is no run in \(run.logs), so nothing is up"
                }
            Console.line(run.json ? JSON.object(["down": ended.name.map(JSON.string) ?? .null]).text : text)
        }
    }
}
