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
            let ended = try await end()
            let text =
                switch ended {
                case (let found?, true): "the run '\(found.name)' is down (\(found.traits))"
                case (let found?, false): "the run '\(found.name)' was down already"
                case (nil, _): "there is no run in \(run.logs), so nothing is up"
                }
            Console.line(run.json ? JSON.object(["down": ended.run.map { .string($0.name) } ?? .null]).text : text)
        }
    }

    /// What is down already needs no ending: that is what was asked for.
    private func end() async throws -> (run: RunSummary?, wasUp: Bool) {
        func wasDown(_ name: String) -> (RunSummary?, Bool) {
            (RunSummary(RunDirectory(name: name, parent: run.logs)), false)
        }
        do {
            let session = try ControlSession(name: runName ?? run.name, parent: run.logs)
            try await session.end()
            return (session.choice.run, true)
        } catch RunError.notRunning(let name, _) {
            return wasDown(name)
        } catch RunError.noneUp(let latest) {
            return (latest, false)
        } catch RunError.simulated(let name, _) where !RunDirectory(name: name, parent: run.logs).isHeld {
            return wasDown(name)
        } catch RunError.noRuns {
            return (nil, false)
        }
    }

    /// One that cannot be ended keeps no other from being ended.
    private func endAll() async throws {
        let runs = try RunSummary.up(in: run.logs)
        var (ended, failures): ([JSON], [JSON]) = ([], [])
        var code: Int32?
        for found in runs {
            do {
                try await ControlSession(name: found.name, parent: run.logs).end()
                ended.append(.string(found.name))
                if !run.json { Console.line("the run '\(found.name)' is down (\(found.traits))") }
            } catch {
                failures.append(.string("\(error)"))
                code = code ?? Failure.code(of: error)
                if !run.json { Console.error("\(error)") }
            }
        }
        if run.json {
            Console.line(JSON.object(["down": .array(ended), "errors": .array(failures)]).text)
        } else {
            let closed = try ClosedFolder.all(in: run.logs)
            if runs.isEmpty { Console.line("no run\(closed.isEmpty ? "" : " of yours") is up in \(run.logs)") }
            Ps.remark(closed)
        }
        if let code { throw ExitCode(code) }
    }
}
