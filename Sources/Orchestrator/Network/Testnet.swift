import CHost
import Foundation
import Ledger
import Logging
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Sockets

/// A whole network on this machine: a ledger, its service nodes and scripted clients, started from a topology.
///
/// Data flows one way: settings go down into the parts, facts come up through ``events``. Everything that shows or judges the
/// network reads those.
public actor Testnet {
    public nonisolated let settings: NetworkSettings
    /// The run's event log.
    public nonisolated let events: RunLog
    nonisolated let watch: ReadinessWatch
    private let claim: RunClaim
    private let process: SocketProcess
    private let log: Logger
    private let ledger: RunningLedger
    private let nodes: [String: any RunningNode]
    /// Node names in natural order.
    private let names: [String]
    private let children: ChildProcesses?
    private var ports: [String: ListenerPorts] = [:]
    /// A task each, so that two who ask for the same client get one.
    private var clients: [Int: Task<SessionClient, any Error>] = [:]
    private var background: [Task<Void, any Error>] = []
    private var control: ControlServer?
    private var isDown = false
    private nonisolated let downRequests: AsyncStream<Void>
    private nonisolated let announceDown: AsyncStream<Void>.Continuation

    /// Claims the run directory and opens the ledger; the nodes wait for ``start()``.
    /// - Parameter report: told of every readiness rung when it moves.
    public init(_ settings: NetworkSettings, report: @escaping @Sendable (RungProgress) -> Void = { _ in }) async throws
    {
        self.settings = settings
        (downRequests, announceDown) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        try ResourceBudget(settings).check()
        claim = try RunClaim(settings.directory)
        let clock = LiveClock()
        events = try RunLog(settings.directory, clock: clock)
        log = Logger(label: "testnet") { _ in SwiftLogNoOpLogHandler() }
        try Data(settings.topology.yaml.utf8).write(to: URL(fileURLWithPath: settings.directory.topology))
        events.record(
            Event(
                .runStarted, from: "testnet",
                [
                    "name": .string(settings.directory.name), "seed": .uint(settings.seed),
                    "mode": .string(settings.topology.mode.rawValue), "nodes": .int(settings.topology.nodes.count),
                ]))
        names = NaturalOrder.sorted(settings.topology.nodes.names)
        let keys = settings.topology.nodes.names.map { NodeKeys(networkSeed: settings.seed, name: $0) }
        let started = chost_process_start_milliseconds()
        watch = ReadinessWatch(
            ReadinessLadder(
                names: Dictionary(
                    uniqueKeysWithValues: zip(
                        keys.map(\.legacy.publicKey.hex), settings.topology.nodes.names)),
                clients: settings.topology.clients.count),
            directory: settings.directory, events: events, elapsed: { clock.wallMilliseconds - started }, report: report
        )
        // Its threads must not outlive a network that never was.
        let process = try SocketProcess()
        self.process = process
        do {
            ledger = try await RunningLedger(settings, process: process, events: events, log: log)
        } catch {
            await process.shutdown()
            throw error
        }
        do {
            let tls = try Self.tlsIdentity(settings)
            let plans = Self.plans(settings, ledger: ledger.peer, tls: tls)
            (nodes, children) = try Self.nodes(
                plans, settings: settings, process: process, events: events, log: log)
            try claim.describe("rpc \(ledger.rpcURL)")
        } catch {
            await ledger.close()
            await process.shutdown()
            throw error
        }
    }

    /// Starts following the log, the ledger, the control socket and every node. Returns when all nodes' listeners are open;
    /// ``wait(for:timeout:)`` tells when the network is ready.
    public func start() async throws {
        let facts = events.subscribe()
        background.append(Task { [watch] in await watch.follow(facts) })
        watch.ledgerOpened()
        background.append(Task { [ledger] in await ledger.run() })
        control = try await ControlServer(
            path: settings.directory.controlSocket, process: process, service: ControlAPI(testnet: self).respond)
        try await ledger.register(settings)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names { group.addTask { try await self.startNode(name) } }
            try await group.waitForAll()
        }
    }

    /// Waits until a rung and all before it are reached.
    public nonisolated func wait(for rung: Rung, timeout: Duration) async throws {
        try await watch.wait(for: rung, timeout: timeout, clock: LiveClock())
    }

    private func startNode(_ name: String) async throws {
        guard let node = nodes[name] else { return }
        let bound: ListenerPorts?
        do {
            bound = try await node.start(on: ports[name])
        } catch {
            throw ReadinessError.nodeEnded(
                name: name, reason: "\(error)",
                lastLines: NodeLogTail.lines(of: settings.directory.node(name).log, count: 10))
        }
        guard let bound else { return }
        ports[name] = bound
        if try await answers(node.plan.on(bound)) { watch.answered(node: name) }
    }

    /// Whether a node answers on its HTTPS port as itself.
    private nonisolated func answers(_ plan: NodePlan) async throws -> Bool {
        let transport = SocketTransport(
            SocketTransport.Configuration(address: plan.address, keys: plan.keys.x25519, name: "probe"),
            process: process,
            log: log)
        let ping = OutgoingPost(
            url: "https://\(plan.address):\(plan.httpsPort)/ping_test/v1", body: [], timeout: .seconds(10))
        let reply: HTTPReply
        do {
            reply = try await transport.post(ping)
        } catch {
            await transport.close()
            throw error
        }
        await transport.close()
        let key = reply.headers.first { $0.key.lowercased() == "x-oxen-snode-pubkey" }?.value
        return reply.status == 200 && key == Base64.encode(plan.keys.legacy.publicKey.bytes)
    }

    /// A scripted client of this run, with its path built.
    public func client(_ index: Int) async throws -> SessionClient {
        if let starting = clients[index] { return try await starting.value }
        let client = try ScriptedClients(
            settings: settings, process: process, events: events, seedURL: ledger.rpcURL, log: log
        ).make(index)
        let starting = Task {
            do {
                try await client.start()
                return client
            } catch {
                await client.close()
                throw error
            }
        }
        clients[index] = starting
        return try await starting.value
    }

    /// Does something to nodes, in the order named.
    /// - Throws: ``NetworkError/unknownNode(name:known:)`` before anything is done.
    public func act(_ action: NodeAction, on targets: [String]) async throws {
        for name in targets where nodes[name] == nil {
            throw NetworkError.unknownNode(name: name, known: names)
        }
        events.record(
            Event(
                .operatorAction, from: "testnet",
                ["action": .string(action.rawValue), "nodes": .array(targets.map(JSON.string))]))
        for name in targets {
            guard let node = nodes[name] else { continue }
            switch action {
            case .kill: await node.kill()
            case .pause: await node.pause()
            case .resume: await node.resume()
            case .restart:
                await node.stop()
                try await startNode(name)
            }
        }
    }

    /// Asks every node what it holds, and records the answers.
    public func takeInventory() async {
        await withTaskGroup(of: Void.self) { group in
            for name in names {
                guard let node = nodes[name] else { continue }
                group.addTask { [events] in
                    let key = JSON.string(node.plan.keys.legacy.publicKey.hex)
                    do {
                        let records = try await NodeControlClient(directory: node.plan.directory).inventory()
                        events.record(Event(.inventoryTaken, from: name, ["node": key, "records": records]))
                    } catch {
                        events.record(
                            Event(.inventoryFailed, from: name, ["node": key, "reason": .string("\(error)")]))
                    }
                }
            }
        }
    }

    /// What the network looks like now.
    public func status() async -> NetworkStatus {
        let chain = await ledger.status()
        var nodesNow: [NetworkStatus.Node] = []
        for name in names {
            guard let node = nodes[name] else { continue }
            let keys = node.plan.keys
            nodesNow.append(
                NetworkStatus.Node(
                    name: name, state: await node.state, mode: settings.topology.mode,
                    processID: await node.processID, address: node.plan.address, httpsPort: ports[name]?.http ?? 0,
                    omqPort: ports[name]?.omq ?? 0, legacy: keys.legacy.publicKey, ed25519: keys.ed25519.publicKey,
                    x25519: keys.x25519.publicKey, swarm: chain.swarms[keys.legacy.publicKey]))
        }
        let rungs = watch.progress()
        let members = Dictionary(grouping: nodesNow.filter { $0.swarm != nil }, by: \.swarm)
        return NetworkStatus(
            name: settings.directory.name, seed: settings.seed, mode: settings.topology.mode, processID: getpid(),
            isReady: rungs.allSatisfy(\.isReached), rungs: rungs,
            ledger: NetworkStatus.Ledger(
                rpcURL: ledger.rpcURL, omqAddress: "tcp://\(ledger.peer.address):\(ledger.peer.port)",
                omqPublicKey: ledger.peer.publicKey, height: chain.height),
            nodes: nodesNow,
            swarms: members.compactMap { swarm, nodes in
                swarm.map { NetworkStatus.Swarm(id: $0, members: nodes.map(\.name)) }
            }.sorted { $0.id < $1.id })
    }

    /// Asks whoever runs this network to end it; ``waitForDownRequest()`` returns.
    public nonisolated func requestDown() { announceDown.yield() }

    /// Returns when somebody asked for the end, or when the task is cancelled.
    public nonisolated func waitForDownRequest() async {
        for await _ in downRequests { return }
    }

    /// Ends every node, then the ledger, then what they shared. Does nothing the second time.
    public func down() async {
        guard !isDown else { return }
        isDown = true
        await withTaskGroup(of: Void.self) { group in
            for node in nodes.values { group.addTask { await node.stop() } }
        }
        for starting in clients.values {
            starting.cancel()
            // One that never started has closed itself, and whoever asked for it was told.
            if let client = try? await starting.value { await client.close() }
        }
        for task in background { task.cancel() }
        await ledger.close()
        await control?.close()
        await process.shutdown()
        children?.close()
    }
}
