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
                figures.virtualSeconds = (after.uptime - before.uptime) / .seconds(1)
                figures.messages = after.messages - before.messages
                figures.steps = after.steps - before.steps
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
    var virtualSeconds = 0.0
    /// Messages that crossed the simulated network.
    var messages: UInt64 = 0
    /// Steps of tasks, each from one wait to the next.
    var steps: UInt64 = 0
    var peakMebibytes: Int?

    init(peakMebibytes: Int?) { self.peakMebibytes = peakMebibytes }

    private func perSecond(_ count: Double) -> Int { wallSeconds > 0 ? Int(count / wallSeconds) : 0 }

    var json: [String: JSON] {
        [
            "startMilliseconds": .int(Int(startSeconds * 1000)), "wallMilliseconds": .int(Int(wallSeconds * 1000)),
            "virtualMilliseconds": .int(Int(virtualSeconds * 1000)),
            "virtualSecondsPerSecond": .int(perSecond(virtualSeconds)), "networkMessages": .uint(messages),
            "networkMessagesPerSecond": .int(perSecond(Double(messages))), "steps": .uint(steps),
            "stepsPerSecond": .int(perSecond(Double(steps))), "peakMebibytes": peakMebibytes.map(JSON.int) ?? .null,
        ]
    }

    var text: String {
        func rounded(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10) s" }
        return "ready after \(rounded(startSeconds)) · \(rounded(virtualSeconds)) virtual in \(rounded(wallSeconds)): "
            + "\(perSecond(virtualSeconds)) virtual seconds a second · \(perSecond(Double(messages))) network messages/s · "
            + "\(perSecond(Double(steps))) steps/s · peak memory \(peakMebibytes.map { "\($0) MiB" } ?? "unknown")"
    }
}
