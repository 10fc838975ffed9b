import Foundation
import NodeRuntime
import SessionProtocol

/// The first events that two histories do not share.
public struct HistoryDifference: Sendable, Equatable, CustomStringConvertible {
    /// A line of a log; numbers count from 1.
    public struct Line: Sendable, Equatable {
        /// Its place in the log.
        public let number: Int
        /// The whole line, one event in JSON, without its newline.
        public let text: String
    }

    /// Of the run of the past; `nil` where that history ended.
    public let recorded: Line?
    /// Of the replay; `nil` where that history ended.
    public let replayed: Line?

    /// Two lines, each with its number.
    public var description: String {
        func text(_ title: String, _ line: Line?) -> String {
            "\(title) " + (line.map { "line \($0.number): \($0.text)" } ?? "ends before this")
        }
        return text("recorded", recorded) + "\n" + text("replayed", replayed)
    }

    /// `{recorded: {line, text}, replayed: {line, text}}`, `null` for the one that ended.
    public var json: JSON {
        func json(_ line: Line?) -> JSON {
            line.map { ["line": .int($0.number), "text": .string($0.text)] } ?? .null
        }
        return ["recorded": json(recorded), "replayed": json(replayed)]
    }
}

extension HistoryDifference {
    /// A run of the past, and where the replay parts from it; `nil` if nowhere.
    public struct Recorded: Sendable {
        /// Where its log is.
        public let run: RunDirectory
        /// The first events that the two do not share; `nil` if they tell the same history.
        public let difference: HistoryDifference?
    }

    /// Where a run parts from one of the past.
    ///
    /// - Parameters:
    ///   - token: names the past run.
    ///   - replayed: the run that is over now, which is not looked at as one of the past.
    /// - Returns: `nil` if the past run is no longer among the logs.
    /// - Throws: what kept a log from being read.
    public static func between(
        _ token: ReplayToken, and replayed: RunDirectory, in search: TopologySearch
    ) throws -> Recorded? {
        let recorded = search.runs.first { run in
            guard run != replayed, FileManager.default.fileExists(atPath: run.events) else { return false }
            // A log that cannot be read is not the one, and neither is one that is still being written.
            return (try? has(token, run.events)) == true
        }
        guard let recorded else { return nil }
        return Recorded(run: recorded, difference: try first(recorded: recorded.events, replayed: replayed.events))
    }

    /// Whether a log is that of the token's run. The seed is in the first line, and spares reading the others.
    private static func has(_ token: ReplayToken, _ file: String) throws -> Bool {
        var lines = try LoggedLines(of: file)
        guard let start = lines.next()?.event, start.event.kind == .runStarted,
            start.event.fields["seed"]?.asUnsigned == token.seed
        else { return false }
        return try HistoryHash(contentsOf: file).description == token.historyHash
    }

    /// Where two logs part.
    ///
    /// - Returns: `nil` if they tell the same history.
    /// - Throws: what kept a log from being read.
    static func first(recorded: String, replayed: String) throws -> HistoryDifference? {
        var recorded = try LoggedLines(of: recorded)
        var replayed = try LoggedLines(of: replayed)
        while true {
            let (left, right) = (recorded.nextInHistory(), replayed.nextInHistory())
            if left == nil, right == nil { return nil }
            guard left?.content == right?.content else {
                return HistoryDifference(recorded: left?.line, replayed: right?.line)
            }
        }
    }
}

extension LoggedLines {
    /// The next line that the history hash covers, and what it covers of it. A line that is no event counts as it is.
    fileprivate mutating func nextInHistory() -> (line: HistoryDifference.Line, content: Bytes)? {
        while let line = next() {
            let content = line.event.map { HistoryHash.line(of: $0)?.utf8 } ?? line.bytes
            if let content {
                let text = String(decoding: line.bytes, as: UTF8.self)
                return (HistoryDifference.Line(number: line.number, text: text), content)
            }
        }
        return nil
    }
}
