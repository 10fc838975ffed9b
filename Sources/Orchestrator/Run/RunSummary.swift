import Foundation
import SessionProtocol

/// A run as its directory tells of it, without asking its network.
public struct RunSummary: Sendable, Equatable {
    public enum State: String, Sendable {
        /// A process holds it, and takes commands or soon will.
        case up
        /// A process holds it, which works in virtual time and takes no commands.
        case simulation
        case over
    }

    public var directory: RunDirectory
    public var state: State
    /// `nil` while its topology is not there yet, or when it cannot be read.
    public var mode: Topology.Mode?
    public var seed: UInt64?
    /// How many its topology has; others may have come and gone.
    public var nodes: Int?
    /// Who holds it, in the holder's own words.
    public var holder: String?

    public var name: String { directory.name }

    public init(_ directory: RunDirectory) {
        self.directory = directory
        holder = directory.holder
        // A topology that is not there, or that another version wrote, is no reason against showing the rest.
        let topology = try? Topology(contentsOf: directory.topology)
        mode = topology?.mode
        seed = topology?.seed
        nodes = topology?.nodes.count
        state = holder == nil ? .over : mode == .simulated ? .simulation : .up
    }

    /// For instance `in-process · seed 7`; empty when nothing is known of it.
    public var traits: String {
        [mode?.rawValue, seed.map { "seed \($0)" }].compactMap(\.self).joined(separator: " · ")
    }

    /// For instance `run 'dev' · in-process · seed 7`.
    public var heading: String {
        traits.isEmpty ? "run '\(name)'" : "run '\(name)' · \(traits)"
    }

    /// `name, state, mode, seed, nodes, holder`: what is not known is `null`.
    public var json: JSON {
        [
            "name": .string(name), "state": .string(state.rawValue), "mode": mode.map { .string($0.rawValue) } ?? .null,
            "seed": seed.map(JSON.uint) ?? .null, "nodes": nodes.map(JSON.int) ?? .null,
            "holder": holder.map(JSON.string) ?? .null,
        ]
    }

    /// Every run below a directory, in natural order of their names.
    /// - Returns: none when there is no such directory.
    public static func all(in parent: String) throws -> [RunSummary] {
        try directories(in: parent).map(RunSummary.init)
    }

    /// Those that are up.
    public static func up(in parent: String) throws -> [RunSummary] {
        // Most runs are over, and their topologies need not be read to know it.
        try directories(in: parent).filter { $0.holder != nil }.map(RunSummary.init).filter { $0.state == .up }
    }

    private static func directories(in parent: String) throws -> [RunDirectory] {
        try RunDirectory.names(in: parent).map { RunDirectory(name: $0, parent: parent) }.filter { directory in
            // The link to the latest is no run of its own.
            directory.name != "latest" && FileManager.default.fileExists(atPath: directory.lock)
        }
    }
}
