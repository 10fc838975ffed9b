import Foundation
import SessionProtocol

/// Sleeps until a run's logs grow, nodes come, or the run is started again, as the kernel's file notifications tell.
final class LogWatch {
    /// What has happened meanwhile.
    struct Changes {
        /// Nodes whose logs were written to.
        var grown: Set<String> = []
        /// Nodes whose logs are no more.
        var gone: Set<String> = []
        /// Whether there are new folders or logs, which are not watched yet.
        var isOfFolders = false
        /// Whether a run has begun in the directory.
        var isOfNewStart = false
    }

    /// The system does not watch files for us.
    public struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String

        public var description: String {
            "cannot follow \(path): \(reason); the system's limits are fs.inotify.max_user_watches and "
                + "max_user_instances"
        }
    }

    private enum Watched {
        case log(node: String)
        /// A folder in which something of this name may appear; `nil`: anything.
        case folder(awaiting: String?, isNewStart: Bool)
    }

    private let directory: RunDirectory
    private let descriptor: Int32
    private var watched: [Int32: Watched] = [:]

    init(_ directory: RunDirectory) throws {
        self.directory = directory
        descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else {
            throw Failure(path: directory.path, reason: String(cString: strerror(errno)))
        }
    }

    deinit { Glibc.close(descriptor) }

    /// Watches every folder and every log of the run that there is. What is watched already stays so.
    /// - Returns: the nodes that there are.
    func watchEverything(where isChosen: (String) -> Bool) throws -> [String] {
        try watch(directory.parent, .folder(awaiting: directory.name, isNewStart: true))
        try watch(directory.path, .folder(awaiting: Self.name(directory.nodes), isNewStart: true))
        try watch(directory.nodes, .folder(awaiting: nil, isNewStart: false))
        // Between two runs there are no nodes.
        let nodes = ((try? directory.nodeNames()) ?? []).filter(isChosen)
        for node in nodes {
            let folder = directory.node(node)
            try watch(folder.path, .folder(awaiting: Self.name(folder.log), isNewStart: false))
            try watch(folder.log, .log(node: node))
        }
        return nodes
    }

    private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private func watch(_ path: String, _ kind: Watched) throws {
        let isLog = if case .log = kind { true } else { false }
        let number = inotify_add_watch(descriptor, path, UInt32(isLog ? IN_MODIFY : IN_CREATE | IN_MOVED_TO))
        guard number >= 0 else {
            // What is not there yet makes its folder say so once it is.
            guard errno != ENOENT else { return }
            throw Failure(path: path, reason: String(cString: strerror(errno)))
        }
        watched[number] = kind
    }

    /// - Throws: ``Failure`` when watching is no longer possible.
    func wait() throws -> Changes {
        var buffer = Bytes(repeating: 0, count: 65_536)
        var count: Int
        repeat { count = read(descriptor, &buffer, buffer.count) } while count < 0 && errno == EINTR
        guard count > 0 else { throw Failure(path: directory.path, reason: String(cString: strerror(errno))) }
        var changes = Changes()
        var rest = buffer[..<count]
        let head = MemoryLayout<inotify_event>.size
        while rest.count >= head {
            let event = rest.withUnsafeBytes { $0.loadUnaligned(as: inotify_event.self) }
            let name = rest.dropFirst(head).prefix(Int(event.len)).prefix { $0 != 0 }
            take(event, String(decoding: name, as: UTF8.self), into: &changes)
            rest = rest.dropFirst(head + Int(event.len))
        }
        return changes
    }

    private func take(_ event: inotify_event, _ name: String, into changes: inout Changes) {
        let isGone = event.mask & UInt32(IN_IGNORED) != 0
        let hasNew = event.mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0
        if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { changes.isOfFolders = true }
        switch watched[event.wd] {
        case .log(let node):
            if isGone { changes.gone.insert(node) } else { changes.grown.insert(node) }
        case .folder(let awaited, let isNewStart):
            guard hasNew, awaited ?? name == name else { break }
            changes.isOfFolders = true
            changes.isOfNewStart = changes.isOfNewStart || isNewStart
        case nil: break
        }
        if isGone { watched[event.wd] = nil }
    }
}
