import NodeRuntime
import SessionProtocol

/// A line of a node's log as a person reads it: the time of day, names in place of keys, and of an inventory how many
/// messages are in it.
public struct ShownLogLine: Sendable {
    public let text: String

    public init(_ entry: LogReader.Entry, names: KeyNames) {
        guard let recorded = entry.event else {
            let rest = entry.missing > 0 ? " … \(entry.missing) more bytes" : ""
            text = names.naming(Self.visible(entry.text), abbreviated: false) + rest
            return
        }
        var words = [LogTime.timeOfDay(recorded.time), recorded.event.kind.rawValue]
        for (name, value) in recorded.event.fields.sorted(by: { $0.key < $1.key }) {
            words.append("\(name)=\(Self.plain(name == "records" ? Self.counted(value) : value))")
        }
        if entry.missing > 0 { words.append("… \(entry.missing) more bytes") }
        text = names.naming(words.joined(separator: " "), abbreviated: true)
    }

    private static func counted(_ records: JSON) -> JSON { records.asArray.map { .int($0.count) } ?? records }

    private static func plain(_ value: JSON) -> String {
        guard case .string(let text) = value else { return value.text }
        return text.contains { $0 == " " || $0.isNewline || $0.asciiValue.map { $0 < 0x20 } == true }
            ? value.text : text
    }

    /// Characters that would move a terminal's cursor, as pictures of themselves. Tabs and colours stay.
    private static func visible(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 && $0 != 0x1b }) else { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isKept = scalar.value >= 0x20 || scalar == "\t" || scalar == "\u{1b}"
                    return isKept ? scalar : Unicode.Scalar(0x2400 + scalar.value) ?? scalar
                }))
    }
}
