import CHost
import Foundation

/// Reads the logs of a run's nodes, finished or live.
public struct LogReader: Sendable {
    /// One line of one node.
    public struct Entry: Sendable, Equatable {
        public var node: String
        public var line: String
    }

    /// Each node's log as it was when this reader was made; following goes on from there, so no line falls in between.
    private let snapshots: [LogSnapshot]
    private let lines: Int
    private let text: String?

    /// - Parameters:
    ///   - nodes: names; none means all.
    ///   - lines: how many last lines of each node ``existing()`` gives.
    ///   - text: only lines that contain it.
    /// - Throws: ``RunError/notRunning(name:parent:)`` when there is no such run, ``NetworkError/unknownNode(name:known:)``.
    public init(directory: RunDirectory, nodes: [String], lines: Int, containing text: String?) throws {
        self.lines = lines
        self.text = text
        guard FileManager.default.fileExists(atPath: directory.path) else {
            throw RunError.notRunning(name: directory.name, parent: directory.parent)
        }
        let known = try directory.nodeNames()
        for name in nodes where !known.contains(name) { throw NetworkError.unknownNode(name: name, known: known) }
        snapshots = (nodes.isEmpty ? known : nodes).map { LogSnapshot(node: $0, path: directory.node($0).log) }
    }

    /// The last lines of every node, merged by their time of day.
    public func existing() -> [Entry] {
        snapshots.flatMap { snapshot in
            snapshot.lines.filter(matches).suffix(lines).map { Entry(node: snapshot.node, line: $0) }
        }.enumerated().sorted { left, right in
            // Stable: lines without a time, or with the same, stay in their file's order.
            (left.element.line.prefix(12), left.offset) < (right.element.line.prefix(12), right.offset)
        }.map(\.element)
    }

    private func matches(_ line: String) -> Bool { text.map { line.contains($0) } ?? true }

    /// Lines written since this reader was made, woken by the kernel's file notifications. Never ends by itself.
    public func followed() throws -> AsyncThrowingStream<Entry, any Error> {
        // Watched before it is read, so that a line written meanwhile wakes the reader.
        let watch = try FileWatch(paths: snapshots.map(\.path))
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Entry.self)
        let thread = Thread { [snapshots, text] in
            var files = snapshots.map(FollowedFile.init)
            repeat {
                for index in files.indices {
                    for line in files[index].newLines() where text.map({ line.contains($0) }) ?? true {
                        continuation.yield(Entry(node: files[index].node, line: line))
                    }
                }
            } while watch.wait()
            continuation.finish()
        }
        thread.name = "log follower"
        thread.start()
        return stream
    }
}

/// The complete lines a log had at one moment.
private struct LogSnapshot: Sendable {
    let node: String
    let path: String
    let lines: [String]
    /// Where the next line begins, in bytes.
    let end: UInt64

    init(node: String, path: String) {
        self.node = node
        self.path = path
        // A node that never started has no log yet.
        let data = FileManager.default.contents(atPath: path) ?? Data()
        let complete = data.prefix((data.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
        lines = String(decoding: complete, as: UTF8.self).split(separator: "\n").map(String.init)
        end = UInt64(complete.count)
    }
}

/// A log file read on from where a snapshot ended.
private struct FollowedFile {
    let node: String
    private let path: String
    private var offset: UInt64

    init(_ snapshot: LogSnapshot) {
        node = snapshot.node
        path = snapshot.path
        offset = snapshot.end
    }

    /// Complete lines only; half a line waits for its end.
    mutating func newLines() -> [String] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        // A file that cannot be read on has no new lines.
        guard (try? file.seek(toOffset: offset)) != nil else { return [] }
        let data = file.readDataToEndOfFile()
        guard let end = data.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let complete = data[...end]
        offset += UInt64(complete.count)
        return String(decoding: complete, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// Sleeps until one of some files was written to.
private struct FileWatch: Sendable {
    private let descriptor: Int32

    init(paths: [String]) throws {
        descriptor = chost_watch_files()
        for path in paths where descriptor < 0 || chost_watch_add(descriptor, path) < 0 {
            throw RunError.cannotWrite(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// - Returns: `false` when watching is no longer possible.
    func wait() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            return count > 0
        }
    }
}
