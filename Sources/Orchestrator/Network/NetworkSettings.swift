import Ledger
import SessionClient
import SessionProtocol

/// How a topology is to be run: what a command line may say beside the file.
public struct NetworkSettings: Sendable {
    public var topology: Topology
    /// Every key and every choice of the network derives from it.
    public var seed: UInt64
    public var directory: RunDirectory
    /// The executable that subprocess nodes run, usually ``thisProgram``.
    public var executable: String
    /// Virtual time after which a simulated run that has not come to its end is reported as stuck. Nodes keep house for ever,
    /// so a run that waits for what never comes would not end by itself.
    public var virtualTimeLimit: Duration = .seconds(30 * 86_400)

    /// The program that runs now, whatever has become of its file: one that is replaced while a network is up must not
    /// change what the network's nodes are.
    public static let thisProgram = "/proc/self/exe"

    /// Whether this process is there for this run alone. Time limits count from the process's start then, and from when
    /// they are asked for otherwise; in a simulation from the beginning of virtual time.
    public var isWholeProcess = false

    public init(topology: Topology, seed: UInt64, directory: RunDirectory, executable: String) {
        self.topology = topology
        self.seed = seed
        self.directory = directory
        self.executable = executable
    }

    /// How long the network may take to become ready: this many seconds, and where the preset says when blocks are made
    /// the time of the first three. No node is registered before the first, and what came after it shows in the next.
    /// Whoever names the interval names the limit with it.
    public func timeToBecomeReady(seconds: Int) -> Duration {
        guard topology.ledger.blockTime == .preset else { return .seconds(seconds) }
        return .seconds(seconds) + LedgerRules(topology.ledger).blockTarget * 3
    }

    /// Whether messages can be delivered at all.
    /// - Throws: ``NetworkError/tooFewNodes(nodes:needed:)``, ``NetworkError/tooFewNodesToKill(nodes:needed:)``
    public func requireEnoughForDelivery() throws {
        guard topology.verification.kill == nil || topology.load != nil else {
            // One dies, and clients need another one to spare while they find out which.
            let needed = OnionPath.length + 3
            guard topology.nodes.count >= needed else {
                throw NetworkError.tooFewNodesToKill(nodes: topology.nodes.count, needed: needed)
            }
            return
        }
        let needed = OnionPath.length + 1
        guard topology.nodes.count >= needed else {
            throw NetworkError.tooFewNodes(nodes: topology.nodes.count, needed: needed)
        }
    }

    /// The second octet of the run's addresses, so that two runs' packets are told apart in a capture. Ports keep them apart
    /// anyway: they are bound at 0.
    var addressBlock: UInt8 {
        let hash = directory.name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return UInt8(16 + hash % 200)
    }
}
