import Orchestrator
import Synchronization

/// Shows the readiness ladder while it is climbed: on a terminal one line a rung, rewritten as it moves; elsewhere a plain
/// line for each rung reached.
final class ReadinessDisplay: Sendable {
    private struct State {
        var rungs: [Rung: RungProgress] = [:]
        var linesDrawn = 0
    }
    private let state = Mutex(State())
    private let isLive: Bool
    private let isSilent: Bool

    init(silent: Bool, live: Bool = Console.isTerminal) {
        isSilent = silent
        isLive = live
    }

    func show(_ progress: RungProgress) {
        guard !isSilent else { return }
        state.withLock { state in
            let before = state.rungs.updateValue(progress, forKey: progress.rung)
            if isLive {
                redraw(&state)
            } else if progress.isReached, before?.isReached != true {
                Console.line(Self.line(progress))
            }
        }
    }

    private func redraw(_ state: inout State) {
        var text = state.linesDrawn > 0 ? "\u{1b}[\(state.linesDrawn)A" : ""
        let shown = state.rungs.values.sorted { $0.rung < $1.rung }
        for progress in shown { text += "\u{1b}[2K\(Self.line(progress))\n" }
        state.linesDrawn = shown.count
        Console.write(text)
    }

    static func line(_ progress: RungProgress) -> String {
        let mark = progress.isReached ? "ok  " : "... "
        let time = progress.milliseconds.map { "  \(seconds($0))" } ?? ""
        return "\(mark)\(progress.text)\(time)"
    }

    static func seconds(_ milliseconds: Int64) -> String {
        let hundredths = (milliseconds + 5) / 10
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
    }
}
