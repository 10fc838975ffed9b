import Orchestrator
import Scenarios
import SessionProtocol
import Synchronization
import Verdicts

/// What starts a network, does something with it, and judges what came of it.
protocol JudgeableRun: Sendable {
    /// The run's own: those that name it in a replay token.
    var settings: NetworkSettings { get }

    /// - Throws: what broke it off.
    func judge(report: @escaping @Sendable (RungProgress) -> Void) async throws -> VerificationReport

    /// What it tells in JSON beside the report: the same fields however it ended.
    var fields: [String: JSON] { get }
    /// What it tells a reader before the report.
    var lines: [String] { get }
}

extension VerificationRun: JudgeableRun {
    func judge(report: @escaping @Sendable (RungProgress) -> Void) async throws -> VerificationReport {
        try await run(report: report)
    }

    var fields: [String: JSON] { [:] }
    var lines: [String] { [] }
}

/// A load run with the real time and the memory it took.
final class MeasuredLoad: JudgeableRun {
    private let run: LoadRun
    private let meter = LoadMeter()
    private let counts = Mutex<LoadCounts?>(nil)

    init(_ run: LoadRun) { self.run = run }

    var settings: NetworkSettings { run.settings }

    func judge(report: @escaping @Sendable (RungProgress) -> Void) async throws -> VerificationReport {
        let result = try await run.run(report: report, measure: { [meter] in meter.note($0, $1) })
        counts.withLock { $0 = result.counts }
        return result.judged
    }

    var fields: [String: JSON] {
        var fields = meter.figures.json
        fields["load"] = settings.topology.load.map { .string($0.name.rawValue) } ?? .null
        fields["minutes"] = settings.topology.load.map { .int($0.minutes) } ?? .null
        fields["clients"] = .int(settings.topology.clients.count)
        fields["counts"] = counts.withLock { $0 }?.json ?? .null
        return fields
    }

    var lines: [String] {
        let title = settings.topology.load.map {
            "load \($0.name.rawValue) · \(settings.topology.clients.count) clients · \($0.minutes) minutes"
        }
        let done = counts.withLock { $0 }.map {
            "polls \($0.polls), failed \($0.failedPolls), late \($0.latePolls) · messages \($0.sends), "
                + "failed \($0.failedSends), late \($0.lateSends), received \($0.received)"
        }
        return [title, done, meter.figures.text].compactMap { $0 }
    }
}
