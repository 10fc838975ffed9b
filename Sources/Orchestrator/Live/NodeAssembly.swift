import Foundation
import Logging
import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Sockets
import Storage

/// One real node put together: sockets, database, clock, and the control socket through which it is asked about itself. Used
/// alike by nodes in this process and by `testnet node`.
struct NodeAssembly: Sendable {
    let plan: NodePlan
    /// To be held and released; everything is sent over the judged transport around it.
    let sockets: SocketTransport
    /// The link rules for what the node sends.
    let links: LinkJudge
    let clock: LiveClock
    let node: ServiceNode
    let ports: ListenerPorts
    private let transport: JudgedTransport
    private let store: SQLiteMessageStore
    private let control: ControlServer

    /// Builds the node and opens its listeners. It does not follow the ledger until ``run()``.
    /// - Parameter tables: what the nodes of one process read the ledger's tables with.
    init(
        _ plan: NodePlan, process: SocketProcess, events: any EventLog, tables: NodeTableReader? = nil, log: Logger
    ) async throws {
        self.plan = plan
        let keys = plan.keys
        clock = LiveClock()
        let condition: StoreCondition
        (store, condition) = try Self.store(of: plan, events: events)
        var configuration = SocketTransport.Configuration(address: plan.address, keys: keys.x25519, name: plan.name)
        configuration.httpPort = plan.httpsPort
        configuration.omqPort = plan.omqPort
        configuration.tls = TLSIdentity(certificateFile: plan.certificateFile, keyFile: plan.keyFile)
        let node = NodeConfiguration(
            name: plan.name, keys: keys, ledger: plan.ledger,
            peerTesting: PeerTestingTimes(scale: plan.peerTestingScale), pingInterval: plan.pingInterval,
            isRateLimited: plan.storage.rateLimit, administrators: plan.storage.statsAccessKeys,
            foundsNetwork: plan.foundsNetwork)
        configuration.serverHeader = node.userAgent
        sockets = SocketTransport(configuration, process: process, log: log)
        links = LinkJudge(plan.links, randomness: LiveRandomness())
        transport = JudgedTransport(sockets, from: plan.address, judge: links, clock: clock)
        self.node = ServiceNode(
            configuration: node,
            environment: NodeEnvironment(
                clock: clock, transport: transport, randomness: LiveRandomness(), store: store, events: events,
                tables: tables))
        do {
            ports = try await self.node.open()
            control = try await ControlServer(
                path: plan.directory.controlSocket, process: process,
                service: NodeControlService(node: self.node, links: links).respond)
        } catch {
            // What did open must not stay open behind a node that never was.
            await sockets.drop()
            await store.close()
            throw error
        }
        events.record(
            .nodeStarted(plan.name, keys: keys, address: plan.address, ports: ports, processID: getpid()))
        if let event = Event(condition, of: plan.name) { events.record(event) }
    }

    /// Opens the store. From then on it is an event when it cannot be written, and when it can again.
    private static func store(
        of plan: NodePlan, events: any EventLog
    ) throws -> (store: SQLiteMessageStore, condition: StoreCondition) {
        let name = plan.name
        do {
            try OwnerOnly.makeDirectory(plan.directory.path)
            return try SQLiteMessageStore.open(
                path: plan.directory.database, maximumBytes: plan.storage.maximumSize,
                whenWriting: { failure in
                    guard let failure else { return events.record(Event(.writingResumed, from: name)) }
                    events.record(.writingFailed("\(failure)", disk: failure.isOfDisk, of: name))
                },
                beside: { work in Task.detached { work() } })
        } catch {
            let isOfDisk = (error as? StorageError)?.isOfDisk ?? (error is RunError)
            if isOfDisk { events.record(.writingFailed("\(error)", disk: true, of: name)) }
            throw error
        }
    }

    /// Runs until cancelled.
    func run() async throws { try await node.run(ports: ports) }

    /// Closes everything. `crashing` skips every courtesy, as a power cut would.
    func close(crashing: Bool) async {
        if crashing { await sockets.drop() }
        await transport.close()
        await control.close()
        if crashing { await store.abandon() } else { await store.close() }
    }
}

extension Event {
    /// What is worth knowing of the condition in which a node's store was found; `nil` when that is nothing.
    fileprivate init?(_ condition: StoreCondition, of node: String) {
        switch condition {
        case .sound: return nil
        case .checkedAfterUncleanStop: self.init(.storeChecked, from: node)
        case .setAside(let file, let reason):
            self.init(.storeSetAside, from: node, ["file": .string(file), "reason": .string(reason)])
        }
    }
}
