import SessionProtocol
import Sockets

/// Whether a topology fits this system, asked before anything starts.
struct ResourceBudget {
    let nodes: Int
    let mode: Topology.Mode
    let clients: Int
    private let testsPeers: Bool

    /// - Parameter nodes: how many there are to be; `nil`: those of the topology.
    init(_ settings: NetworkSettings, nodes: Int? = nil) {
        self.nodes = nodes ?? settings.topology.nodes.count
        mode = settings.topology.mode
        clients = settings.topology.clients.count
        testsPeers = settings.topology.ledger.peerTesting
    }

    /// Most peers one node keeps connections to: its swarm, the next hops of onions within the idle time, and those it tests.
    private var linksPerNode: Int { min(nodes - 1, 9 + 2 + (testsPeers ? Self.testedAtOnce : 0)) }

    /// - Parameter available: what one process may have; a system that does not tell its limit is taken at its word when a
    ///   descriptor is refused.
    /// - Throws: ``NetworkError/doesNotFit(what:needed:available:nodes:mode:)``
    func check(available: Int? = SocketBudget.raiseDescriptorLimit()) throws {
        guard let available else { return }
        let needed = descriptors
        guard needed <= available else {
            throw NetworkError.doesNotFit(
                what: "file descriptors in one process", needed: needed, available: available, nodes: nodes,
                mode: mode)
        }
        guard queueSockets <= SocketBudget.zmqSocketLimit else {
            throw NetworkError.doesNotFit(
                what: "ZeroMQ sockets in one process", needed: queueSockets, available: SocketBudget.zmqSocketLimit,
                nodes: nodes, mode: mode)
        }
    }

    /// ZeroMQ sockets of the fullest process.
    var queueSockets: Int {
        guard mode == .inProcess else {
            return SocketBudget.zmqSocketsPerProcess + SocketBudget.zmqSocketsPerOMQListener
        }
        let perLink = SocketBudget.zmqSocketsPerOMQLink + SocketBudget.zmqSocketsPerOMQLinkBeingMade
        let perNode = SocketBudget.zmqSocketsPerOMQListener + perLink * (linksPerNode + 1)
        return SocketBudget.zmqSocketsPerProcess + SocketBudget.zmqSocketsPerOMQListener + nodes * perNode
    }

    /// Descriptors of the fullest process.
    var descriptors: Int {
        let shared = SocketBudget.descriptorsPerProcess + clients * Self.descriptorsPerClient
        // Both ends of a link are in this process; one link or two a node are being made at any moment.
        let perLink = SocketBudget.descriptorsPerOMQLink + SocketBudget.descriptorsPerAcceptedConnection
        let perNode =
            SocketBudget.descriptorsPerOMQListener + SocketBudget.descriptorsPerHTTPListener
            + perLink * (linksPerNode + 1) + 2 * SocketBudget.descriptorsPerOMQLinkBeingMade
            + Self.descriptorsPerDatabase + Self.descriptorsPerControlSocket
        switch mode {
        case .inProcess: return shared + nodes * perNode
        case .subprocess: return shared + nodes * Self.descriptorsPerChild
        // Only its logs; see ``RunLog``.
        case .simulated: return SocketBudget.descriptorsPerProcess
        }
    }

    /// Retests that start together; connections to tested nodes stay open for the idle time only.
    private static let testedAtOnce = 4
    /// Its connections to a guard and to the ledger, both ends.
    private static let descriptorsPerClient = 4
    /// The database, its write-ahead log and its shared memory.
    private static let descriptorsPerDatabase = 3
    private static let descriptorsPerControlSocket = 2
    /// Its pidfd, its connection to the ledger, its log.
    private static let descriptorsPerChild = 8
}
