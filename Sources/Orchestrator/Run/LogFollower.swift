import Foundation
import NodeRuntime
import SessionProtocol

/// Gives the lines that are written from the moment its reader was made, those of nodes that are added and of the same run
/// started again included.
public final class LogFollower {
    /// What came at one time.
    public struct News: Sendable, Equatable {
        public var entries: [LogReader.Entry] = []
        /// Whether the run was started again before these lines.
        public var isOfNewStart = false
    }

    /// A log that is read on.
    private struct Followed {
        var mark: LogReader.Mark
        /// Lines that were found and not given yet.
        var waiting: ArraySlice<LogFile.Span> = []
    }

    private let reader: LogReader
    private let watch: LogWatch
    private var logs: [String: Followed]
    /// Logs that may have grown.
    private var grown: Set<String> = []

    /// So many lines of a log are given at once: a log may grow faster than it is shown.
    private static let mostLines = 1000

    /// - Throws: ``LogWatch/Failure``
    public init(_ reader: LogReader) throws {
        self.reader = reader
        logs = reader.marks.mapValues { Followed(mark: $0) }
        watch = try LogWatch(reader.directory)
        try lookAround()
    }

    /// Waits until lines were written, asleep in the kernel, and gives them in one order. Half a line waits for its end.
    ///
    /// It blocks its thread.
    public func next() throws -> News {
        while true {
            var news = News()
            while grown.isEmpty {
                let changes = try watch.wait()
                news.isOfNewStart = news.isOfNewStart || changes.isOfNewStart
                for node in changes.gone { logs[node]?.mark = LogReader.Mark(identity: nil, end: 0) }
                grown.formUnion(changes.grown.filter(isChosen))
                if changes.isOfFolders {
                    reader.names.forget()
                    try lookAround()
                }
            }
            news.entries = LogOrder.merged(NaturalOrder.sorted(grown).compactMap(newLines))
            // Only then a node's keys are known: what was read of names before lacks them.
            if news.entries.contains(where: { $0.event?.event.kind == .nodeStarted }) { reader.names.forget() }
            if !news.entries.isEmpty || news.isOfNewStart { return news }
        }
    }

    private func isChosen(_ node: String) -> Bool { reader.chosen?.contains(node) ?? true }

    /// Watches what there is by now, and reads all of it: something may have been written before it was watched.
    private func lookAround() throws {
        for node in try watch.watchEverything(where: isChosen) {
            if logs[node] == nil { logs[node] = Followed(mark: LogReader.Mark(identity: nil, end: 0)) }
            grown.insert(node)
        }
    }

    private func newLines(of node: String) -> LogOrder.Log? {
        guard var followed = logs[node], let file = LogFile(reader.directory.node(node).log) else {
            grown.remove(node)
            return nil
        }
        defer { logs[node] = followed }
        if followed.mark.identity != file.identity || file.size < followed.mark.end {
            let isFirst = followed.mark.identity == nil
            followed = Followed(mark: LogReader.Mark(identity: file.identity, end: isFirst ? followed.mark.end : 0))
        }
        if followed.waiting.isEmpty { find(newLinesIn: file, of: &followed) }
        let spans = followed.waiting.prefix(Self.mostLines)
        followed.waiting = followed.waiting.dropFirst(spans.count)
        if followed.waiting.isEmpty { grown.remove(node) }
        return LogOrder.Log(
            entries: spans.flatMap { reader.entries(of: node, $0, in: file) }, written: file.written)
    }

    private func find(newLinesIn file: LogFile, of followed: inout Followed) {
        let end = file.endOfWholeLines
        var spans: [LogFile.Span] = []
        var place = end
        while place > followed.mark.end, let span = file.line(before: place) {
            spans.append(span)
            place = span.start
        }
        followed.waiting = ArraySlice(spans.reversed())
        followed.mark.end = max(followed.mark.end, end)
    }
}
