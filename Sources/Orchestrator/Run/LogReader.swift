import Foundation
import NodeRuntime
import SessionProtocol

/// Reads the logs of a run's nodes, finished or live: the last lines of each, however long the logs are.
public final class LogReader {
    /// One line of one node.
    public struct Entry: Sendable, Equatable {
        public var node: String
        /// As it stands in the log, without its end. What is not UTF-8 has become replacement characters; of a very long
        /// line this is the beginning, unless whole lines were asked for.
        public var text: String
        /// What it tells; `nil` for what the node's program printed by itself. Of a very long line it has the fields that
        /// are whole in ``text``, and of an inventory the number of its `records`.
        public var event: RecordedEvent?
        /// How many bytes of a very long line are not in ``text``.
        public var missing: UInt64 = 0
    }

    /// Where a log ended when this reader was made: following goes on from there, so that no line falls in between.
    struct Mark {
        var identity: LogFile.Identity?
        /// Behind the last whole line, in bytes.
        var end: UInt64
    }

    /// Whose keys the lines speak of.
    public let names: KeyNames
    let directory: RunDirectory
    /// Whose logs are read; `nil`: those of all nodes, also of those that come later.
    let chosen: [String]?
    /// Any of these is what is searched for; none: everything is.
    private let searches: [TextSearch]
    let isWhole: Bool
    private(set) var marks: [String: Mark] = [:]
    private let nodes: [String]
    private let lines: Int

    /// Of longer lines only the beginning is read.
    static let longest: UInt64 = 65_536

    /// - Parameters:
    ///   - nodes: names; none means all.
    ///   - lines: how many last lines of each node ``existing(upTo:)`` gives.
    ///   - text: only lines that contain it, as they stand in the log or with names in place of keys.
    ///   - isWhole: whether very long lines are read to their end.
    /// - Throws: ``RunError/notRunning(name:parent:)`` when there is no such run, ``NetworkError/unknownNode(name:known:)``.
    public init(
        directory: RunDirectory, nodes: [String] = [], lines: Int, containing text: String? = nil, isWhole: Bool = false
    ) throws {
        guard FileManager.default.fileExists(atPath: directory.path) else {
            throw RunError.notRunning(name: directory.name, parent: directory.parent)
        }
        // A run that failed before it had nodes has no logs, either.
        let known = FileManager.default.fileExists(atPath: directory.nodes) ? try directory.nodeNames() : []
        for name in nodes where !known.contains(name) { throw NetworkError.unknownNode(name: name, known: known) }
        self.directory = directory
        self.lines = lines
        self.isWhole = isWhole
        self.nodes = nodes.isEmpty ? known : nodes
        chosen = nodes.isEmpty ? nil : nodes
        // A text that would read as a number stands in quotation marks, which are not shown.
        searches = Set([text, text?.replacing("=", with: "=\"")]).compactMap(\.self).filter { !$0.isEmpty }.sorted()
            .map(TextSearch.init)
        names = KeyNames(directory)
        for node in self.nodes {
            let file = LogFile(directory.node(node).log)
            marks[node] = Mark(identity: file?.identity, end: file?.endOfWholeLines ?? 0)
        }
    }

    /// The last lines of every node in one order: see ``LogOrder``.
    ///
    /// - Parameter isFollowed: whether a half line at the end is left for the follower. A program that died in the middle
    ///   of a line has said something all the same.
    public func existing(isFollowed: Bool = false) -> [Entry] {
        LogOrder.merged(
            nodes.compactMap { node in
                guard let file = LogFile(directory.node(node).log) else { return nil }
                let end = isFollowed ? min(marks[node]?.end ?? 0, file.size) : file.size
                return LogOrder.Log(entries: lastEntries(of: node, file, before: end), written: file.written)
            })
    }

    private func lastEntries(of node: String, _ file: LogFile, before end: UInt64) -> [Entry] {
        var newestFirst: [Entry] = []
        var end = end
        while newestFirst.count < lines, let span = file.line(before: end) {
            newestFirst += entries(of: node, span, in: file).reversed()
            end = span.start
        }
        return newestFirst.prefix(lines).reversed()
    }

    /// What stands in one line, oldest first: mostly one entry, none when it is not what is searched for.
    func entries(of node: String, _ span: LogFile.Span, in file: LogFile) -> [Entry] {
        let isLong = span.length > Self.longest && !isWhole
        let bytes = file.bytes(span, atMost: isLong ? Self.longest : .max)
        if isLong { return longEntry(of: node, bytes, span, in: file) }
        // Most lines of a long log need not be looked at any closer.
        if !isFound(in: bytes), !searches.contains(where: { names.canMake($0.string) }) { return [] }
        return Self.pieces(of: bytes[...]).map { piece in
            Entry(
                node: node, text: String(decoding: piece, as: UTF8.self), event: NodeLogLine.event(in: piece, of: node))
        }.filter(isSearchedFor)
    }

    private static let recordMark = TextSearch("\"hash\":")

    private func longEntry(of node: String, _ bytes: Bytes, _ span: LogFile.Span, in file: LogFile) -> [Entry] {
        guard searches.isEmpty || searches.contains(where: { file.count(of: $0, in: span, atMost: 1) > 0 }) else {
            return []
        }
        var entry = Entry(
            node: node, text: String(decoding: bytes, as: UTF8.self),
            event: NodeLogLine.event(in: bytes, of: node, upToItsCut: true), missing: span.length - UInt64(bytes.count))
        if entry.event?.event.kind == .inventoryTaken {
            // Counted where they stand: a store may hold more than memory should.
            entry.event?.event.fields["records"] = .int(file.count(of: Self.recordMark, in: span))
        }
        return [entry]
    }

    private func isSearchedFor(_ entry: Entry) -> Bool {
        let bytes = Bytes(entry.text.utf8)
        if isFound(in: bytes) { return true }
        guard entry.event != nil || KeyNames.isWorthNaming(bytes) else { return false }
        return isFound(in: Bytes(names.naming(entry.text, abbreviated: false).utf8))
    }

    private func isFound(in bytes: Bytes) -> Bool {
        searches.isEmpty || searches.contains { $0.isFound(in: bytes) }
    }

    /// The parts of a line that were written apart: an event is written behind whatever its node's program has printed, which
    /// may be half a line. Ends of lines as other systems have them are no part of any.
    static func pieces(of line: Bytes.SubSequence) -> [Bytes.SubSequence] {
        var pieces: [Bytes.SubSequence] = []
        var rest = line
        while let start = NodeLogLine.start(behindOtherTextIn: rest) {
            pieces.append(rest[..<start])
            rest = rest[start...]
        }
        pieces.append(rest)
        return pieces.map { piece in
            piece.last == UInt8(ascii: "\r") ? piece.dropLast(piece.reversed().prefix { $0 == 0x0d }.count) : piece
        }
    }
}
