import Foundation
import NodeRuntime
import SessionProtocol

extension HistoryHash {
    /// A log that holds a line which is no event, as one that is still being written may.
    public struct MalformedLog: Error, Equatable, CustomStringConvertible {
        public let file: String
        /// From 1.
        public let line: Int

        public var description: String { "\(file):\(line): this is no event; give the log of a run that has ended" }
    }

    /// Of an `events.jsonl`: the same as that of the run that wrote it.
    ///
    /// - Throws: ``MalformedLog``, or what kept the file from being read.
    public init(contentsOf file: String) throws {
        self.init()
        var lines = try LoggedLines(of: file)
        while let line = lines.next() {
            guard let event = line.event else { throw MalformedLog(file: file, line: line.number) }
            add(event)
        }
    }
}

/// The lines of a log, one after another.
struct LoggedLines {
    /// One line, without its newline.
    struct Line {
        /// From 1.
        let number: Int
        let bytes: Bytes
        /// `nil` for a line that is none.
        let event: RecordedEvent?
    }

    private var rest: Data
    private var number = 0

    /// - Throws: what kept the file from being read.
    init(of file: String) throws {
        // Mapped: the logs of large networks do not fit in memory beside a replay.
        rest = try Data(contentsOf: URL(filePath: file), options: .mappedIfSafe)
    }

    mutating func next() -> Line? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        let bytes = Bytes(rest[rest.startIndex..<end])
        rest = rest[min(end + 1, rest.endIndex)...]
        number += 1
        // What is not JSON is no event either; the line itself is kept and shown.
        let event = (try? JSON(parsing: bytes)).flatMap(RecordedEvent.init(json:))
        return Line(number: number, bytes: bytes, event: event)
    }
}
