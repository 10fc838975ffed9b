import Foundation
import Orchestrator
import Scenarios
import SessionProtocol
import Synchronization

/// Takes real time and memory at the stages of a load run.
final class LoadMeter: Sendable {
    private struct Reading {
        var at: ContinuousClock.Instant
        var work: SimulatedWork?
    }
    private struct State {
        var ready: Reading?
        var over: Reading?
    }
    private let started = ContinuousClock.now
    private let state = Mutex(State())

    func note(_ phase: LoadPhase, _ work: SimulatedWork?) {
        let reading = Reading(at: .now, work: work)
        state.withLock { state in
            switch phase {
            case .ready: state.ready = reading
            case .over: state.over = reading
            }
        }
    }

    /// Of the time between the two stages.
    var figures: LoadFigures {
        state.withLock { state in
            var figures = LoadFigures(peakMebibytes: Self.peakMebibytes())
            guard let ready = state.ready, let over = state.over else { return figures }
            figures.startSeconds = (ready.at - started) / .seconds(1)
            figures.wallSeconds = (over.at - ready.at) / .seconds(1)
            if let before = ready.work, let after = over.work {
                figures.simulated = LoadFigures.Simulated(
                    seconds: (after.uptime - before.uptime) / .seconds(1),
                    messages: after.messages - before.messages, steps: after.steps - before.steps)
            }
            return figures
        }
    }

    /// The most memory this process ever had; `nil` where the system does not tell.
    private static func peakMebibytes() -> Int? {
        // Linux tells; elsewhere there is no such file.
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({
                Int($0)
            })
        else { return nil }
        return kibibytes / 1024
    }
}

/// How fast a load ran.
struct LoadFigures {
    /// Real time until the network was ready.
    var startSeconds = 0.0
    /// Real time the load took.
    var wallSeconds = 0.0
    /// `nil` on real sockets, and for a run that broke off.
    var simulated: Simulated?
    var peakMebibytes: Int?

    /// What only a simulation knows.
    struct Simulated {
        /// Of virtual time.
        let seconds: Double
        /// Those that crossed the simulated network.
        let messages: UInt64
        /// Of tasks, each from one wait to the next.
        let steps: UInt64
    }

    init(peakMebibytes: Int?) { self.peakMebibytes = peakMebibytes }

    private func perSecond(_ count: Double) -> Int { wallSeconds > 0 ? Int(count / wallSeconds) : 0 }

    var json: [String: JSON] {
        func known(_ value: (Simulated) -> JSON) -> JSON { simulated.map(value) ?? .null }
        return [
            "startMilliseconds": .int(Int(startSeconds * 1000)), "wallMilliseconds": .int(Int(wallSeconds * 1000)),
            "virtualMilliseconds": known { .int(Int($0.seconds * 1000)) },
            "virtualSecondsPerSecond": known { .int(perSecond($0.seconds)) },
            "networkMessages": known { .uint($0.messages) },
            "networkMessagesPerSecond": known { .int(perSecond(Double($0.messages))) },
            "steps": known { .uint($0.steps) }, "stepsPerSecond": known { .int(perSecond(Double($0.steps))) },
            "peakMebibytes": peakMebibytes.map(JSON.int) ?? .null,
        ]
    }

    var text: String {
        func rounded(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10) s" }
        let speed =
            simulated.map {
                "\(rounded($0.seconds)) virtual in \(rounded(wallSeconds)): "
                    + "\(perSecond($0.seconds)) virtual seconds a second · "
                    + "\(perSecond(Double($0.messages))) network messages/s · \(perSecond(Double($0.steps))) steps/s"
            } ?? "\(rounded(wallSeconds)) under load"
        return "ready after \(rounded(startSeconds)) · \(speed) · "
            + "peak memory \(peakMebibytes.map { "\($0) MiB" } ?? "unknown")"
    }
}
