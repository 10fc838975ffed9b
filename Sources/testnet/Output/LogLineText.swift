import NodeRuntime
import Orchestrator
import SessionProtocol

/// A line of a node's log as `logs` prints it.
struct LogLineText {
    let names: KeyNames
    let isJSON: Bool
    /// Whether lines are shown as they stand in the log.
    let isFull: Bool
    /// Events are cut to this many columns; what programs print is not, as its end may be what matters.
    let width: Int?

    func text(_ entry: LogReader.Entry) -> String {
        if isJSON {
            return (entry.event?.json ?? .object(["source": .string(entry.node), "line": .string(entry.text)])).text
        }
        guard !isFull else { return "\(entry.node) | \(entry.text)" }
        let line = "\(entry.node) | \(ShownLogLine(entry, names: names).text)"
        guard let width, entry.event != nil else { return line }
        return TextCut.to(width, line)
    }
}
