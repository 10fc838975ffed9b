import CHost
import Faults
import Foundation
import Ledger
import Logging
import NodeRuntime
import ServiceNode
import SessionClient
import SessionCrypto
import SessionProtocol
import Sockets
import Storage
import Synchronization

/// Real sockets, real time: nodes in this process, or a process for each.
final class LiveWorld: NetworkWorld {
    private let settings: NetworkSettings
    private let process: SocketProcess
    private let log = Logger(label: "testnet") { _ in SwiftLogNoOpLogHandler() }
    private let started = chost_process_start_milliseconds()
    private let liveClock = LiveClock()
    /// For everybody but nodes, who judge what they send themselves.
    private let links = LinkJudge(randomness: LiveRandomness())
    /// The nodes of this process get the same tables, and read each once.
    private let tables = NodeTableReader()

    private struct State {
        var children: ChildProcesses?
        var control: ControlServer?
        var tls: TLSIdentity?
        var nodes: [any LinkRuled] = []
    }
    private let state = Mutex(State())

    init(_ settings: NetworkSettings) throws {
        self.settings = settings
        process = try SocketProcess()
    }

    var clock: any NodeClock { liveClock }
    var elapsedMilliseconds: Int64 { liveClock.wallMilliseconds - started }

    var simulated: SimulatedWork? { nil }

    func spawn<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Task<Value, any Error> {
        Task { try await body() }
    }

    func ledgerSite(
        _ keys: X25519KeyPair, ports: ListenerPorts?, events: any EventLog
    ) -> (address: IPv4Address, LedgerEnvironment) {
        let configuration = Self.ledgerConfiguration(settings, keys, ports: ports)
        return (
            configuration.address,
            LedgerEnvironment(
                clock: liveClock, transport: transport(configuration), randomness: LiveRandomness(), events: events)
        )
    }

    static func ledgerConfiguration(
        _ settings: NetworkSettings, _ keys: X25519KeyPair, ports: ListenerPorts?
    ) -> SocketTransport.Configuration {
        var configuration = SocketTransport.Configuration(
            address: settings.topology.listenIP ?? .loopback, keys: keys, name: LedgerDaemon.name)
        configuration.httpPort = ports?.http ?? settings.topology.ledger.rpcPort
        configuration.omqPort = ports?.omq ?? 0
        configuration.plainListeners = ExternalEndpoints(settings).listeners(on: ports?.plain ?? [])
        // Every node keeps a connection to it.
        configuration.mostConnections += TopologyRules.nodeCount.upperBound
        return configuration
    }

    func ledgerArchive() throws -> any BlockArchive {
        try SQLiteBlockStore(path: settings.directory.ledgerDatabase)
    }

    /// Real clocks belong to the system.
    func advanceWallClocks(by time: Duration) {}

    func node(_ member: NodeMember, ledger: OMQPeer, events: RunLog) throws -> any RunningNode {
        if let server = settings.topology.externals[member.name] {
            return try external(member, server, ledger: ledger, events: events)
        }
        return try state.withLock { state in
            let tls = try state.tls ?? tlsIdentity()
            state.tls = tls
            let plan = NodePlan(
                name: member.name, seed: settings.seed, address: member.address, httpsPort: 0, omqPort: 0,
                ledger: ledger, directory: settings.directory.node(member.name),
                certificateFile: tls.certificateFile, keyFile: tls.keyFile,
                peerTestingScale: settings.topology.ledger.peerTestingScale,
                pingInterval: settings.topology.ledger.pingInterval, storage: settings.topology.storage,
                links: links.rules, foundsNetwork: member.foundsNetwork)
            let node: any LinkRuled =
                switch settings.topology.mode {
                case .subprocess:
                    SubprocessNode(
                        member, plan, executable: settings.executable, children: try children(&state, events),
                        events: events)
                case .inProcess, .simulated:
                    InProcessNode(member, plan, process: process, events: events, tables: tables, log: log)
                }
            state.nodes.append(node)
            return node
        }
    }

    /// - Throws: ``NetworkError/cannotRun(node:executable:reason:)`` for a program that is not there.
    private func external(
        _ member: NodeMember, _ server: Topology.ExternalServer, ledger: OMQPeer, events: RunLog
    ) throws -> ExternalNode {
        // Found here, before anything starts, instead of as the last line of a child's log.
        guard access(ExternalNode.absolute(server.executable), X_OK) == 0 else {
            throw NetworkError.cannotRun(
                node: member.name, executable: server.executable, reason: String(cString: strerror(errno)))
        }
        let children = try state.withLock { state in try self.children(&state, events) }
        return ExternalNode(
            member, server, ledger: ledger, directory: settings.directory.node(member.name), children: children,
            events: events, clock: liveClock, probe: { self.probe(member) })
    }

    /// Whoever starts the nodes' processes.
    private func children(_ state: inout State, _ events: RunLog) throws -> ChildProcesses {
        if let children = state.children { return children }
        let children = try ChildProcesses { line in
            // A line that is no event would be a bug of the child; its text is in the child's own log.
            guard let json = try? JSON(parsing: line), let recorded = RecordedEvent(json: json) else { return }
            events.record(recorded)
        }
        state.children = children
        return children
    }

    /// The certificate every node of the run uses: the topology's, or one made for the run.
    private func tlsIdentity() throws -> TLSIdentity {
        if let files = settings.topology.tls {
            return TLSIdentity(certificateFile: files.certificate, keyFile: files.key)
        }
        return try TLSIdentity.selfSigned(in: settings.directory.path)
    }

    func clientEnvironment(_ name: String, address: IPv4Address, events: any EventLog) throws -> ClientEnvironment {
        let randomness = LiveRandomness()
        let keys = try X25519KeyPair(secretKey: randomness.bytes(32))
        return ClientEnvironment(
            clock: liveClock,
            transport: transport(SocketTransport.Configuration(address: address, keys: keys, name: name)),
            randomness: randomness, events: events)
    }

    func probe(_ member: NodeMember) -> any Transport {
        transport(
            SocketTransport.Configuration(address: member.address, keys: member.keys.x25519, name: "probe"))
    }

    private func transport(_ configuration: SocketTransport.Configuration) -> JudgedTransport {
        JudgedTransport(
            SocketTransport(configuration, process: process, log: log), from: configuration.address, judge: links,
            clock: liveClock)
    }

    func setLinkRules(_ rules: LinkRules) async throws {
        // A node that is made meanwhile has the new rules, or is among those that are told.
        let nodes = state.withLock { state in
            links.rules = rules
            return state.nodes
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes {
                group.addTask {
                    do {
                        try await node.setLinkRules(rules)
                    } catch {
                        throw NetworkError.rulesNotTaken(node: node.member.name, reason: "\(error)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func serveControl(at path: String, _ service: @escaping HTTPService) async throws {
        let control = try await ControlServer(path: path, process: process, service: service)
        state.withLock { $0.control = control }
    }

    func shutdown() async {
        let (control, children) = state.withLock { ($0.control, $0.children) }
        await control?.close()
        await process.shutdown()
        children?.close()
    }
}

/// A node that judges what it sends itself.
protocol LinkRuled: RunningNode {
    /// Puts rules in force, now or when it next runs, and also after every restart.
    /// - Throws: when it runs and does not take them.
    func setLinkRules(_ rules: LinkRules) async throws
}
