import CHost
import Foundation

/// Reads the logs of a run's nodes, finished or live.
public struct LogReader: Sendable {
    /// One line of one node.
    public struct Entry: Sendable, Equatable {
        public var node: String
        public var line: String
    }

    private let directory: RunDirectory
    private let nodes: [String]
    private let lines: Int
    private let text: String?

    /// - Parameters:
    ///   - nodes: names; none means all.
    ///   - lines: how many last lines of each node ``existing()`` gives.
    ///   - text: only lines that contain it.
    /// - Throws: ``RunError/notRunning(name:parent:)`` when there is no such run, ``NetworkError/unknownNode(name:known:)``.
    public init(directory: RunDirectory, nodes: [String], lines: Int, containing text: String?) throws {
        self.directory = directory
        self.lines = lines
        self.text = text
        guard FileManager.default.fileExists(atPath: directory.path) else {
            throw RunError.notRunning(name: directory.name, parent: directory.parent)
        }
        let known = NaturalOrder.sorted(try directory.nodeNames())
        for name in nodes where !known.contains(name) { throw NetworkError.unknownNode(name: name, known: known) }
        self.nodes = nodes.isEmpty ? known : nodes
    }

    /// The last lines of every node, merged by their time of day.
    public func existing() throws -> [Entry] {
        nodes.flatMap { node in
            NodeLogTail.lines(of: directory.node(node).log, count: Int.max)
                .filter(matches).suffix(lines).map { Entry(node: node, line: $0) }
        }.enumerated().sorted { left, right in
            // Stable: lines without a time, or with the same, stay in their file's order.
            (left.element.line.prefix(12), left.offset) < (right.element.line.prefix(12), right.offset)
        }.map(\.element)
    }

    private func matches(_ line: String) -> Bool { text.map { line.contains($0) } ?? true }

    /// Lines written from now on, woken by the kernel's file notifications.
    public func followed() throws -> AsyncThrowingStream<Entry, any Error> {
        var files: [FollowedFile] = []
        for node in nodes { files.append(try FollowedFile(node: node, path: directory.node(node).log)) }
        let watch = try FileWatch(paths: files.map(\.path))
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Entry.self)
        let followed = files
        let thread = Thread { [text] in
            var files = followed
            while watch.wait() {
                for index in files.indices {
                    for line in files[index].newLines() where text.map({ line.contains($0) }) ?? true {
                        continuation.yield(Entry(node: files[index].node, line: line))
                    }
                }
            }
            continuation.finish()
        }
        thread.name = "log follower"
        thread.start()
        return stream
    }
}

/// A log file read from where it ended when following began.
private struct FollowedFile: Sendable {
    let node: String
    let path: String
    private var offset: UInt64
    private var partial = Data()

    init(node: String, path: String) throws {
        self.node = node
        self.path = path
        offset = try FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64 ?? 0
    }

    mutating func newLines() -> [String] {
        // A file that vanished has no new lines.
        guard let file = FileHandle(forReadingAtPath: path), (try? file.seek(toOffset: offset)) != nil else {
            return []
        }
        let data = file.readDataToEndOfFile()
        offset += UInt64(data.count)
        partial.append(data)
        guard let end = partial.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let complete = partial[..<end]
        let lines = String(decoding: complete, as: UTF8.self).split(separator: "\n").map(String.init)
        partial = Data(partial[(end + 1)...])
        return lines
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
