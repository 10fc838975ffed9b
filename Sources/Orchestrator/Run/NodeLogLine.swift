import NodeRuntime
import SessionProtocol

/// An event as it stands in its node's log, to be read by people and back by `testnet logs`:
/// `2026-12-01T12:30:01.250Z swarmEntered height=2 swarm=7fffffffffffffff`.
///
/// A text stands as it is unless it has spaces or quotation marks, or would read as another kind of value; then, and
/// for lists and objects, it is the value's JSON. So every line gives back the event it was made from.
public struct NodeLogLine: Sendable, Equatable {
    public let text: String

    public init(_ recorded: RecordedEvent) {
        let fields = recorded.event.fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.value($0.value))" }
        text = ([LogTime.text(recorded.time), recorded.event.kind.rawValue] + fields).joined(separator: " ")
    }

    private static func value(_ value: JSON) -> String {
        guard case .string(let text) = value, !text.isEmpty, !["true", "false", "null"].contains(text),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") }),
            text.first != "[", text.first != "{", !looksLikeNumber(text)
        else { return value.text }
        return text
    }

    private static func looksLikeNumber(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) } && Double(text) != nil
    }

    /// The event of a line; `nil` for what is no event's line.
    /// - Parameters:
    ///   - node: whose log it stands in.
    ///   - upToItsCut: whether the line may be cut off; then the event has those fields that are whole.
    public static func event(
        in line: some Collection<UInt8>, of node: String, upToItsCut isCut: Bool = false
    ) -> RecordedEvent? {
        let bytes = Bytes(line)
        guard let time = LogTime.parse(bytes.prefix(LogTime.length)) else { return nil }
        var rest = bytes.dropFirst(LogTime.length)
        guard rest.popFirst() == UInt8(ascii: " ") else { return nil }
        let name = rest.prefix { $0 != UInt8(ascii: " ") }
        guard let kind = EventKind(rawValue: String(decoding: name, as: UTF8.self)) else { return nil }
        rest = rest.dropFirst(name.count)
        var fields: [String: JSON] = [:]
        func read() -> RecordedEvent { RecordedEvent(time: time, event: Event(kind, from: node, fields)) }
        while rest.popFirst() == UInt8(ascii: " ") {
            let key = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: " ") }
            rest = rest.dropFirst(key.count)
            guard !key.isEmpty, rest.popFirst() == UInt8(ascii: "=") else { return isCut ? read() : nil }
            let raw = rest.prefix(Self.valueLength(rest))
            rest = rest.dropFirst(raw.count)
            guard !isCut || !rest.isEmpty, let value = Self.value(of: raw) else { return isCut ? read() : nil }
            fields[String(decoding: key, as: UTF8.self)] = value
        }
        return rest.isEmpty ? read() : nil
    }

    private static func value(of raw: Bytes.SubSequence) -> JSON? {
        switch raw.first {
        case nil: return nil
        case UInt8(ascii: "\""), UInt8(ascii: "["), UInt8(ascii: "{"):
            // A line that was cut short is no event.
            return try? JSON(parsing: Bytes(raw))
        default:
            let text = String(decoding: raw, as: UTF8.self)
            guard looksLikeNumber(text) || ["true", "false", "null"].contains(text) else { return .string(text) }
            // What looks like a number and is none was never written.
            return try? JSON(parsing: Bytes(raw))
        }
    }

    /// Up to the next space that is not inside a text, a list or an object.
    private static func valueLength(_ bytes: Bytes.SubSequence) -> Int {
        var depth = 0
        var isQuoted = false
        var isEscaped = false
        var length = 0
        for byte in bytes {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isQuoted: isEscaped = true
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "["), UInt8(ascii: "{"): if !isQuoted, length == 0 || depth > 0 { depth += 1 }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): if !isQuoted, depth > 0 { depth -= 1 }
            case UInt8(ascii: " ") where !isQuoted && depth == 0: return length
            default: break
            }
            length += 1
        }
        return length
    }

    /// Where an event's line begins that stands behind something else: another program's half line, which had no end when
    /// the event was written. `nil` when there is none behind the first byte.
    static func start(behindOtherTextIn line: Bytes.SubSequence) -> Int? {
        var end = line.startIndex + LogTime.length
        while let letter = line[min(end, line.endIndex)...].firstIndex(of: UInt8(ascii: "Z")) {
            end = letter + 1
            let start = end - LogTime.length
            guard start > line.startIndex, end < line.endIndex, line[end] == UInt8(ascii: " "),
                LogTime.parse(line[start..<end]) != nil
            else { continue }
            let name = line[(end + 1)...].prefix { $0 != UInt8(ascii: " ") }
            if EventKind(rawValue: String(decoding: name, as: UTF8.self)) != nil { return start }
        }
        return nil
    }
}
