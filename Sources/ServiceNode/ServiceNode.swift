import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage

/// One service node: answers clients and peers, relays onions, keeps its swarm's messages.
///
/// It runs unchanged over real sockets and in virtual time; everything outside it comes in through ``NodeEnvironment``.
public struct ServiceNode: Sendable {
    private let state: NodeState
    private let ledger: LedgerLink
    private let testing: PeerTesting

    public init(configuration: NodeConfiguration, environment: NodeEnvironment) {
        let membership = CurrentMembership()
        let statistics = NodeStatistics(clock: environment.clock)
        let peers = PeerLinks(name: configuration.name, environment: environment, counters: statistics.peers)
        let transfers = Transfers(
            name: configuration.name, environment: environment, membership: membership, peers: peers,
            foundsNetwork: configuration.foundsNetwork)
        state = NodeState(
            configuration: configuration, environment: environment, membership: membership, peers: peers,
            transfers: transfers,
            limits: RequestLimits(
                clock: environment.clock, isRateLimited: configuration.isRateLimited, workers: configuration.workers),
            subscriptions: MessageSubscriptions(environment: environment), statistics: statistics)
        ledger = LedgerLink(
            configuration: configuration, environment: environment, membership: membership, peers: peers,
            transfers: transfers)
        testing = PeerTesting(node: state)
    }

    /// Opens the listeners; requests are answered from here on, if only with "not ready".
    /// - Returns: the ports that were bound.
    public func open() async throws(TransportError) -> ListenerPorts {
        let methods = MethodTable(node: state)
        let onions = OnionRouter(node: state, methods: methods)
        let http = HTTPInterface(node: state, methods: methods, onions: onions)
        let queue = QueueInterface(node: state, methods: methods, onions: onions, notifyBlock: ledger.notifyBlock)
        return try await state.environment.transport.open(
            TransportServices(http: { await http.respond(to: $0, body: $1) }, omq: queue.service))
    }

    /// Follows the ledger and keeps house until cancelled.
    /// - Parameter ports: what ``open()`` returned.
    public func run(ports: ListenerPorts) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await ledger.run(ports: ports) }
            group.addTask {
                let transfers = state.transfers
                try await Expiry(environment: state.environment, overslept: transfers.mayLackRecords).run()
            }
            group.addTask { try await testing.run() }
            group.addTask { try await state.peers.probeFailingPeers(state.membership) }
            group.addTask { try await state.transfers.run() }
            try await group.waitForAll()
        }
    }

    /// What the node holds, read from its store.
    public func inventory() async throws(StorageError) -> [InventoryRecord] {
        try await Inventory(store: state.environment.store).take()
    }

    /// What the node's tests of others came to since it started.
    public var testStatistics: PeerTestStatistics { testing.statistics }

    /// How the node sees itself on the network.
    public var standing: NodeStanding {
        // First: a table that comes in between adds to what is pending, and must not look settled.
        let isNewest = state.membership.isNewest
        let membership = state.membership.current
        let pending = state.transfers.pendingCount
        return NodeStanding(
            swarm: membership?.ownSwarm, height: membership?.height, blockHash: membership?.blockHash,
            reasonNotReady: state.membership.reasonNotReady, pendingTransfers: pending,
            transferSteps: state.transfers.steps, isSettled: isNewest && pending == 0)
    }
}

/// A node's own view of its place.
public struct NodeStanding: Sendable, Equatable {
    /// `nil` while it is in no swarm.
    public var swarm: SwarmID?
    /// Of the last block the node processed.
    public var height: UInt64?
    public var blockHash: String?
    /// `nil` when it serves clients.
    public var reasonNotReady: String?
    /// How much is left to do for the node's records: peers that lack some, peers to compare with, and the search for
    /// records that other swarms answer for.
    public var pendingTransfers = 0
    /// Grows with every step that is made there, also with those towards giving up a node that does not answer. Between
    /// two that are the same nothing was done.
    public var transferSteps = 0
    /// Whether it knows its newest table, as far as it was told of one, and has nothing left to push, fetch or erase.
    public var isSettled = false
}
