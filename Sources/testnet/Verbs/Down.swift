import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet down`: end a running network.
struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a running network.")

    @Argument(help: "The run, as with --name.") var runName: String?
    @Flag(help: "End every network that is up.") var all = false
    @OptionGroup var run: RunOptions

    func validate() throws {
        guard runName == nil || run.name == nil else { throw ValidationError("give the run once, or with --name") }
        guard !all || runName ?? run.name == nil else { throw ValidationError("give a run or --all, not both") }
    }

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            guard !all else { return try await endAll() }
            let session = try ControlSession(name: runName ?? run.name, parent: run.logs)
            try await session.end()
            Console.line(
                run.json
                    ? JSON.object(["down": .string(session.directory.name)]).text
                    : "the run '\(session.directory.name)' is down (\(session.choice.run.traits))")
        }
    }

    /// One that cannot be ended keeps no other from being ended.
    private func endAll() async throws {
        let runs = try RunSummary.up(in: run.logs)
        var (ended, failures): ([JSON], [JSON]) = ([], [])
        for found in runs {
            do {
                try await ControlSession(name: found.name, parent: run.logs).end()
                ended.append(.string(found.name))
                if !run.json { Console.line("the run '\(found.name)' is down (\(found.traits))") }
            } catch {
                failures.append(.string("\(error)"))
                if !run.json { Console.error("\(error)") }
            }
        }
        if run.json {
            Console.line(JSON.object(["down": .array(ended), "errors": .array(failures)]).text)
        } else if runs.isEmpty {
            Console.line("no run is up in \(run.logs)")
        }
        guard failures.isEmpty else { throw ExitCode(Failure.failed) }
    }
}
