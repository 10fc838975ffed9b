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
    var lock: String { "\(path)/lock" }
    var nodes: String { "\(path)/nodes" }

    public func node(_ name: String) -> NodeDirectory { NodeDirectory(path: "\(nodes)/\(name)") }

    /// Names of the nodes that have a directory here, in natural order.
    public func nodeNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: nodes).sorted {
            $0.compare($1, options: .numeric) == .orderedAscending
        }
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
