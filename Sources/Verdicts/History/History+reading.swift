import Foundation
import NodeRuntime
import SessionProtocol

/// A line of the log that is no event, or an event whose fields are not as documented.
public struct LineProblem: Sendable, Equatable {
    /// From 1.
    public var line: Int
    public var reason: String
}

/// What a log held that could not be read.
public struct UnreadableLines: Sendable, Equatable {
    public var malformed: [LineProblem] = []
    /// Events of kinds this version does not know, by kind.
    public var unknownKinds: [String: Int] = [:]
    /// The last line is half a line, as a killed run leaves it.
    public var endsMidLine = false
}

/// Why a log could not be opened.
public struct HistoryError: Error, Equatable, CustomStringConvertible {
    public var path: String

    public init(path: String) { self.path = path }

    public var description: String {
        "\(path) cannot be read; give the events.jsonl of a run, and check that it exists and is yours to read"
    }
}

extension History {
    /// - Parameter path: an `events.jsonl`, of a finished run or a live one.
    /// - Throws: ``HistoryError`` when there is no such file or it may not be read.
    public init(contentsOf path: String) throws(HistoryError) {
        guard let data = FileManager.default.contents(atPath: path) else { throw HistoryError(path: path) }
        self.init(lines: Bytes(data))
    }

    /// - Parameter lines: one JSON object a line, oldest first. Empty lines count but say nothing.
    public init(lines: String) {
        self.init(lines: Bytes(lines.utf8))
    }

    /// As ``init(lines:)-(String)``, over UTF-8.
    public init(lines: Bytes) {
        self.init()
        let newline = UInt8(ascii: "\n")
        var rest = lines[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: newline)
            read(line: rest[..<(end ?? rest.endIndex)], isComplete: end != nil)
            rest = end.map { rest[($0 + 1)...] } ?? []
        }
    }

    private mutating func read(line: ArraySlice<UInt8>, isComplete: Bool) {
        guard line.contains(where: { $0 > 0x20 }) else {
            length += 1
            return
        }
        let json: JSON
        do {
            json = try JSON(parsing: line)
        } catch {
            length += 1
            if isComplete {
                unreadable.malformed.append(LineProblem(line: length, reason: "\(error)"))
            } else {
                unreadable.endsMidLine = true
            }
            return
        }
        if let event = RecordedEvent(json: json) { return append(event) }
        length += 1
        if let kind = json["event"]?.asString, EventKind(rawValue: kind) == nil {
            unreadable.unknownKinds[kind, default: 0] += 1
        } else {
            unreadable.malformed.append(LineProblem(line: length, reason: "no event with time, source and kind"))
        }
    }
}
