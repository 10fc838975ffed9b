import Foundation

/// Finds the topology that a replay token means, by its hash.
///
/// That is the hash of what a run makes of it (``Topology/ofRun``), so that a file and the copy in the logs agree.
public struct TopologySearch: Sendable {
    /// The folder of topology files, and the one that holds all runs, each with a copy of its topology.
    private let topologies: String
    private let logs: String

    /// - Parameters:
    ///   - topologies: the folder of topology files, usually `topologies`.
    ///   - logs: the folder that holds all runs, usually `logs`.
    public init(topologies: String, logs: String) {
        self.topologies = topologies
        self.logs = logs
    }

    /// A topology and the file it stands in.
    public struct Found: Sendable, Equatable {
        /// As the file has it or as a verb changes it before the run, in mode simulated.
        public let topology: Topology
        /// Its path.
        public let file: String
    }

    /// Why there is no topology to run.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// `unreadable` are files that may have been meant, with the reason.
        case notFound(hash: String, searched: [String], unreadable: [String])
        case otherHash(file: String, hash: String, wanted: String)

        public var description: String {
            switch self {
            case .notFound(let hash, let searched, let unreadable):
                let remark =
                    unreadable.isEmpty ? "" : "\nthese could not be read:\n" + unreadable.joined(separator: "\n")
                return "no topology with the hash \(hash) in \(searched.joined(separator: " or ")); "
                    + "name the run's topology with --topology FILE" + remark
            case .otherHash(let file, let hash, let wanted):
                return
                    "\(file) has the hash \(hash), and the token is of a run of \(wanted); name that run's topology, with "
                    + "the flags of that run written into it"
            }
        }
    }

    /// Looks into the topologies first, then into the runs. A file that has the hash as it stands comes before one that
    /// has it with another load.
    ///
    /// - Throws: ``Failure/notFound(hash:searched:unreadable:)``
    public func topology(withHash hash: String) throws(Failure) -> Found {
        var unreadable: [String] = []
        var readable: [(file: String, topology: Topology)] = []
        let files =
            Self.names(in: topologies).filter { $0.hasSuffix(".yaml") }.map { "\(topologies)/\($0)" }
            + runs.map(\.topology).filter { FileManager.default.fileExists(atPath: $0) }
        for file in files {
            do throws(TopologyErrors) {
                readable.append((file, try Self.simulated(file)))
            } catch {
                unreadable.append("\(error)")
            }
        }
        for load in RunLoad.allCases {
            for (file, topology) in readable {
                let variant = load.applied(to: topology)
                if variant.ofRun.contentHash == hash { return Found(topology: variant, file: file) }
            }
        }
        throw .notFound(
            hash: hash, searched: ["\(topologies)/*.yaml", "\(logs)/*/topology.yaml"], unreadable: unreadable)
    }

    /// A file somebody named, which must be the one that is meant.
    ///
    /// - Throws: ``TopologyErrors``, ``Failure/otherHash(file:hash:wanted:)``
    public static func topology(in file: String, withHash hash: String) throws -> Found {
        let topology = try simulated(file)
        for variant in RunLoad.allCases.map({ $0.applied(to: topology) }) where variant.ofRun.contentHash == hash {
            return Found(topology: variant, file: file)
        }
        throw Failure.otherHash(file: file, hash: topology.ofRun.contentHash, wanted: hash)
    }

    /// A file whose mode may have been a flag's: in another, what only a simulation has would be refused.
    private static func simulated(_ file: String) throws(TopologyErrors) -> Topology {
        let mode = Topology.Flag(.mode, Topology.Mode.simulated.rawValue, name: "--mode")
        return try Topology(contentsOf: file, flags: [mode])
    }

    /// What a run does about the load in its file.
    private enum RunLoad: CaseIterable {
        case asItStands
        /// `verify` has none.
        case without
        /// `bench` has one in any case.
        case ofDefault

        func applied(to topology: Topology) -> Topology {
            var changed = topology
            switch self {
            case .asItStands: break
            case .without: changed.load = nil
            case .ofDefault: changed.load = Topology.LoadSettings()
            }
            return changed
        }
    }

    /// Every run that has a directory, in natural order.
    var runs: [RunDirectory] {
        NaturalOrder.sorted(Self.names(in: logs).filter { $0 != "latest" }).map { RunDirectory(name: $0, parent: logs) }
    }

    private static func names(in folder: String) -> [String] {
        // A folder that is not there or may not be read holds nothing to find; the search's failure names it.
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}
