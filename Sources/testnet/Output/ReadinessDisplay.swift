import Orchestrator
import Synchronization

/// Shows the readiness ladder while it is climbed: a plain line for each rung reached, and on a terminal one more below
/// them that tells how far the next ones are.
final class ReadinessDisplay: Sendable {
    private let state: Mutex<ReadinessLines>
    private let isSilent: Bool

    /// - Parameter isLive: whether somebody watches, so that a line may be rewritten.
    init(silent: Bool, live isLive: Bool = Console.isTerminal) {
        isSilent = silent
        state = Mutex(ReadinessLines(isLive: isLive))
    }

    func show(_ progress: RungProgress) {
        guard !isSilent else { return }
        state.withLock { lines in
            let text = lines.text(after: progress, on: TerminalSize.current)
            if !text.isEmpty { Console.write(text) }
        }
    }

    static func seconds(_ milliseconds: Int64) -> String {
        let hundredths = (milliseconds + 5) / 10
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
    }
}

/// What is written for each step up the ladder.
///
/// Only one line is ever rewritten, the last, and it is cut to the terminal's width: whatever scrolled away or was broken
/// over two lines could not be found again.
struct ReadinessLines {
    private var rungs: [Rung: RungProgress] = [:]
    private var isLineOpen = false
    private let isLive: Bool

    init(isLive: Bool) { self.isLive = isLive }

    /// - Parameter size: of the terminal; one that does not tell gets plain lines.
    mutating func text(after progress: RungProgress, on size: TerminalSize?) -> String {
        let before = rungs.updateValue(progress, forKey: progress.rung)
        let reached = progress.isReached && before?.isReached != true ? "\(Self.line(progress))\n" : ""
        // On a single row there is no line above to go back to.
        guard isLive, let size, size.rows > 1 else { return reached }
        let erased = isLineOpen ? "\u{1b}[1A\r\u{1b}[2K" : ""
        let open = rungs.values.filter { !$0.isReached && $0.done > 0 }.sorted { $0.rung < $1.rung }
        isLineOpen = !open.isEmpty
        // A line as wide as the terminal would leave the cursor in doubt.
        let live = TextCut.to(size.columns - 1, "... " + open.map(\.text).joined(separator: " · "))
        return erased + reached + (isLineOpen ? "\(live)\n" : "")
    }

    static func line(_ progress: RungProgress) -> String {
        let time = progress.milliseconds.map { "  \(ReadinessDisplay.seconds($0))" } ?? ""
        return "ok  \(progress.text)\(time)"
    }
}
