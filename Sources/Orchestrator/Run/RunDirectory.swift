import Foundation
import SessionProtocol

/// Where a run keeps everything: `logs/<name>/` with the topology, the event log, and one directory a node.
public struct RunDirectory: Sendable, Equatable {
    /// The run's name, unique below ``parent``.
    public let name: String
    /// The directory that holds all runs, usually `logs`.
    public let parent: String

    public init(name: String, parent: String) {
        self.name = name
        self.parent = parent
    }

    public var path: String { "\(parent)/\(name)" }
    public var controlSocket: String { "\(path)/control.sock" }
    public var events: String { "\(path)/events.jsonl" }
    public var topology: String { "\(path)/topology.yaml" }
    /// What a detached run would have printed.
    public var output: String { "\(path)/up.log" }
    /// The ledger's blocks.
    public var ledgerDatabase: String { "\(path)/ledger.sqlite" }
    var lock: String { "\(path)/lock" }
    var nodes: String { "\(path)/nodes" }

    public func node(_ name: String) -> NodeDirectory { NodeDirectory(path: "\(nodes)/\(name)") }

    /// Names of the nodes that have a directory here, in natural order.
    public func nodeNames() throws -> [String] {
        try requireOwn()
        return NaturalOrder.sorted(try FileManager.default.contentsOfDirectory(atPath: nodes))
    }

    /// Whether there is a directory of that name.
    public var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// Whether a process holds the run: it is up, under way, or just starting or ending.
    public var isHeld: Bool { holder != nil }

    /// Who holds the run; `nil` when nobody does. The kernel knows, whatever a crash left behind.
    var holder: String? {
        if let process = RunName.holder(of: self) { return description(ofHolder: process) }
        let descriptor = Glibc.open(lock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        // The lock file was opened a moment ago; unreadable text only loses the holder's name.
        let text = ((try? String(contentsOfFile: lock, encoding: .utf8)) ?? "").trimmingCharacters(
            in: .whitespacesAndNewlines)
        return text.isEmpty ? "another process" : text
    }

    /// The run that `latest` points to; `nil` when there is none.
    public static func latest(in parent: String) -> RunDirectory? {
        // No link means no run yet, which is an answer.
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(parent)/latest") else {
            return nil
        }
        return RunDirectory(name: target, parent: parent)
    }
}

/// One node's part of a run directory.
public struct NodeDirectory: Sendable, Equatable {
    public let path: String

    public var controlSocket: String { "\(path)/control.sock" }
    public var log: String { "\(path)/node.log" }
    public var database: String { "\(path)/storage.db" }
    /// What a subprocess is told to run.
    public var configuration: String { "\(path)/node.json" }
}
