import ArgumentParser
import Foundation
import NodeRuntime
import Orchestrator
import Scenarios
import SessionProtocol
import Verdicts

/// A run that is over: judged, or broken off before it could be.
struct JudgedRun {
    private let run: any JudgeableRun
    private let end: Result<VerificationReport, any Error>
    private var settings: NetworkSettings { run.settings }

    /// Runs it; Ctrl-C ends the network in good order first.
    ///
    /// Whatever goes wrong is an outcome, being interrupted included.
    init(of run: any JudgeableRun, isSilent: Bool) async {
        self.run = run
        do {
            end = .success(try await Self.untilInterrupted(run, isSilent: isSilent))
        } catch {
            end = .failure(error)
        }
    }

    private static func untilInterrupted(
        _ run: any JudgeableRun, isSilent: Bool
    ) async throws -> VerificationReport {
        let signals = TerminationSignals([SIGINT, SIGTERM])
        let display = ReadinessDisplay(silent: isSilent)
        return try await withThrowingTaskGroup(of: VerificationReport?.self) { group in
            group.addTask { try await run.judge { display.show($0) } }
            group.addTask {
                await signals.first()
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            guard let report = first else {
                // The run ends its network before it throws.
                while await group.nextResult() != nil {}
                throw Interrupted()
            }
            return report
        }
    }

    /// A run that broke off proves nothing, unless it broke off because a node ended.
    var verdict: Verdict {
        switch end {
        case .success(let report): report.verdict
        case .failure(ReadinessError.nodeEnded): .violated
        case .failure: .inconclusive
        }
    }

    var exitCode: Int32 {
        guard case .failure(let error) = end else { return verdict.exitCode }
        let code = Failure.code(of: error)
        // What has a code of its own says more than that nothing was proved.
        return [Failure.unforeseen, Failure.violated].contains(code) ? verdict.exitCode : code
    }

    /// The hash of the history it had; `nil` for a run that never had one to repeat.
    var historyHash: String? {
        guard settings.topology.mode == .simulated else { return nil }
        switch end {
        case .success(let report): return Self.text(of: report.historyHash)
        // What could not be written is known all the same.
        case .failure(let error as LogIncomplete): return Self.text(of: error.historyHash)
        // The log in a directory that it did not get is another run's, and when somebody interrupts is no event of a run.
        case .failure(is RunError), .failure(is Interrupted): return nil
        case .failure: break
        }
        // A run that broke off before its log was begun left nothing to compare a replay with.
        return (try? HistoryHash(contentsOf: settings.directory.events)).flatMap(Self.text)
    }

    /// A history of no events is none.
    private static func text(of hash: HistoryHash) -> String? { hash == HistoryHash() ? nil : hash.description }

    /// What repeats the run, if it was simulated and does not hold.
    private var replayCommand: String? {
        guard verdict != .holds, let historyHash else { return nil }
        return ReplayToken(
            seed: settings.seed, version: Release.version, topologyHash: settings.topology.contentHash,
            historyHash: historyHash
        ).command
    }

    /// Prints the outcome.
    ///
    /// - Parameters:
    ///   - json: the last line of the output is one object, with a verdict however the run ended.
    ///   - remarks: fields for the object.
    ///   - text: lines for a reader, after the report.
    func show(json: Bool, remarks: [String: JSON] = [:], text: [String] = []) {
        if json {
            var fields = self.json.merging(run.fields) { _, field in field }.merging(remarks) { _, remark in remark }
            fields["replay"] = replayCommand.map(JSON.string)
            Console.line(JSON.object(fields).text)
            if let replayCommand { Console.remark(replayCommand) }
        } else {
            switch end {
            case .success(let report): for line in run.lines + [report.text] { Console.line(line) }
            case .failure(let error):
                Console.error("\(error)")
                Console.line("verdict: \(verdict.rawValue)")
            }
            for line in text + [replayCommand].compactMap({ $0 }) { Console.line(line) }
        }
    }

    private var json: [String: JSON] {
        switch end {
        case .success(let report): return report.json.asObject ?? [:]
        case .failure(let error):
            // The report of an empty log has every field; what is known beside it goes over that.
            let empty = VerificationReport(of: History(), checks: []).json.asObject ?? [:]
            let reason: JSON = ["check": "networkBecomesReady", "text": .string("\(error)")]
            let known: [String: JSON] = [
                "verdict": .string(verdict.rawValue), "error": .string("\(error)"), "seed": .uint(settings.seed),
                "mode": .string(settings.topology.mode.rawValue),
                "crypto": .string(settings.topology.crypto.rawValue), "nodes": .int(settings.topology.nodes.count),
                "violations": verdict == .violated ? [reason] : [],
                "historyHash": historyHash.map(JSON.string) ?? .null,
            ]
            return empty.merging(known) { _, known in known }
        }
    }
}
