import Foundation
import NodeRuntime
import SessionProtocol

/// An event as a person reads it in a node's log: `12:30:01.250 swarmEntered height=2 swarm=0`.
public struct NodeLogLine: Sendable {
    public let text: String

    public init(_ recorded: RecordedEvent) {
        let fields = recorded.event.fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.plain($0.value))" }
        text = ([Self.time(recorded.time), recorded.event.kind.rawValue] + fields).joined(separator: " ")
    }

    /// UTC time of day with milliseconds, so that lines of several nodes sort as text within a day.
    static func time(_ milliseconds: Int64) -> String {
        let day = milliseconds % 86_400_000
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let rest = day % 1000
        let fraction = (rest < 10 ? "00" : rest < 100 ? "0" : "") + "\(rest)"
        return "\(two(day / 3_600_000)):\(two(day / 60_000 % 60)):\(two(day / 1000 % 60)).\(fraction)"
    }

    private static func plain(_ value: JSON) -> String {
        if case .string(let text) = value { return text.contains(" ") ? "\"\(text)\"" : text }
        return value.text
    }
}
