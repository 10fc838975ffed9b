import Faults
import Foundation
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol

/// A whole network: a ledger, its service nodes and scripted clients, started from a topology, on real sockets or in virtual
/// time.
///
/// Data flows one way: settings go down into the parts, facts come up through ``events``. Everything that shows or judges the
/// network reads those.
public actor Testnet {
    public nonisolated let settings: NetworkSettings
    /// The run's event log.
    public nonisolated let events: RunLog
    nonisolated let watch: ReadinessWatch
    private let claim: RunClaim
    let world: any NetworkWorld
    /// Replaced by a restart.
    var ledger: RunningLedger
    /// While it is restarted, and when it could not be opened again.
    var isLedgerClosed = false
    var ledgerRun: Task<Void, any Error>?
    /// How many blocks late nodes see the chain.
    var lags: [String: UInt64] = [:]
    /// Whose names, keys and addresses are taken.
    nonisolated let roll: NodeRoll
    /// The nodes of the network as it is now.
    var nodes: [String: any RunningNode] = [:]
    /// Nodes that left; one that comes back has its disk and its place.
    var departed: [String: any RunningNode] = [:]
    /// Listeners that a node has had, which it gets again.
    var ports: [String: ListenerPorts] = [:]
    /// A task each, so that two who ask for the same client get one.
    private var clients: [Int: Task<SessionClient, any Error>] = [:]
    private var background: [Task<Void, any Error>] = []
    /// Set once the network is going down; whoever else asks for its end waits for the same.
    private var ending: Task<Void, any Error>?
    private nonisolated let downRequests: AsyncStream<DownRequest>
    private nonisolated let announceDown: AsyncStream<DownRequest>.Continuation
    /// `nil` in a simulation, which nobody needs to reach.
    private let claimWatch: RunClaimWatch?

    /// A network on real sockets: claims the run directory and opens the ledger; the nodes wait for ``start()``.
    /// - Parameter report: told of every readiness rung when it moves.
    /// - Throws: ``NetworkError/virtualTimeOnly`` for a simulated topology; that one needs ``run(_:report:_:)``.
    public init(_ settings: NetworkSettings, report: @escaping @Sendable (RungProgress) -> Void = { _ in }) async throws
    {
        guard settings.topology.mode != .simulated else { throw NetworkError.virtualTimeOnly }
        try ResourceBudget(settings).check()
        try await self.init(settings, report: report) { try LiveWorld(settings) }
    }

    init(
        _ settings: NetworkSettings, report: @escaping @Sendable (RungProgress) -> Void,
        in makeWorld: () throws -> any NetworkWorld
    ) async throws {
        self.settings = settings
        (downRequests, announceDown) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let claim = try RunClaim(settings.directory)
        self.claim = claim
        claimWatch =
            settings.topology.mode == .simulated
            ? nil : RunClaimWatch(claim) { [announceDown] in announceDown.yield(.directoryLost) }
        try OwnerOnly.write(Bytes(settings.topology.yaml.utf8), to: settings.directory.topology)
        // Its threads must not outlive a network that never was.
        let world = try makeWorld()
        self.world = world
        let roll = NodeRoll(settings)
        self.roll = roll
        do {
            events = try RunLog(settings.directory, clock: world.clock)
            events.record(.start(of: settings))
            watch = ReadinessWatch(
                ReadinessLadder(
                    names: Dictionary(
                        uniqueKeysWithValues: roll.members.map { ($0.keys.legacy.publicKey.hex, $0.name) }),
                    clients: settings.topology.clients.count),
                directory: settings.directory, events: events, elapsed: { world.elapsedMilliseconds }, report: report)
            ledger = try await RunningLedger(settings, world: world, events: events)
        } catch {
            await world.shutdown()
            throw error
        }
        do {
            for var member in roll.members {
                member.foundsNetwork = true
                nodes[member.name] = try world.node(member, ledger: ledger.peer(for: member), events: events)
            }
            try claim.describe(settings.topology.mode == .simulated ? "simulated" : "rpc \(ledger.rpcURL)")
        } catch {
            await ledger.close()
            await world.shutdown()
            throw error
        }
    }

    /// The names of the nodes, in natural order.
    public var names: [String] { NaturalOrder.sorted(nodes.keys) }
    /// The run's time: virtual in a simulation.
    public nonisolated var clock: any NodeClock { world.clock }
    /// Milliseconds since the process started; in a simulation, since virtual time began.
    public nonisolated var elapsedMilliseconds: Int64 { world.elapsedMilliseconds }
    /// What a simulation has done so far; `nil` on real sockets.
    public nonisolated var simulated: SimulatedWork? { world.simulated }

    /// Starts following the log, the ledger, the control socket and every node. Returns when all nodes' listeners are open;
    /// ``wait(for:timeout:)`` tells when the network is ready.
    public func start() async throws {
        let facts = events.subscribe()
        background.append(world.spawn { [watch] in await watch.follow(facts) })
        watch.ledgerOpened()
        ledgerRun = world.spawn { [ledger] in await ledger.run() }
        try await world.serveControl(at: settings.directory.controlSocket, ControlAPI(testnet: self).respond)
        await ledger.adopt(roll.members)
        try await submit(await registering(roll.members))
        if !settings.topology.externals.isEmpty {
            background.append(world.spawn { try await self.followExternals() })
        }
        let externals = settings.topology.externals
        try await startNodes(names.filter { externals[$0] == nil })
        guard !externals.isEmpty else { return }
        try await waitForOwnProofs()
        try await startNodes(names.filter { externals[$0] != nil })
    }

    /// Waits until a rung and all before it are reached.
    public nonisolated func wait(for rung: Rung, timeout: Duration) async throws {
        try await watch.wait(for: rung, timeout: timeout, clock: world.clock)
    }

    /// Waits until a rung and all before it are reached, without a limit of its own.
    public nonisolated func wait(for rung: Rung) async throws { try await watch.wait(for: rung) }

    /// Climbs to a rung, and breaks off when that takes too long, whatever it is that does.
    ///
    /// - Parameters:
    ///   - limit: counts from where ``NetworkSettings/isWholeProcess`` says.
    ///   - climb: what brings the network there.
    /// - Throws: ``ReadinessError/timedOut(after:waitingFor:missing:)``, or what `climb` throws.
    public nonisolated func reach(
        _ rung: Rung, within limit: Duration, _ climb: @escaping @Sendable () async throws -> Void
    ) async throws {
        let rest = settings.isWholeProcess ? limit - .milliseconds(elapsedMilliseconds) : limit
        let reached: Void? = try await world.clock.within(max(rest, .zero)) { [watch] in
            try await climb()
            try await watch.wait(for: rung)
        }
        guard reached == nil else { return }
        throw watch.timedOut(before: rung, after: limit)
    }

    /// A scripted client of this run, with its path built.
    ///
    /// Whoever is cancelled while it starts ends the start, and waits for nothing a node may not do.
    public func client(_ index: Int) async throws -> SessionClient {
        if let starting = clients[index] { return try await Self.value(of: starting) }
        try requireUp()
        let client = try ScriptedClients(
            settings: settings, world: world, events: events, seedURL: ledger.rpcURL
        ).make(index)
        let starting = world.spawn {
            do {
                try await client.start()
                return client
            } catch {
                await client.close()
                throw error
            }
        }
        clients[index] = starting
        do {
            return try await Self.value(of: starting)
        } catch {
            // Whoever asks again gets another try, as a person who opens the program again does.
            clients[index] = nil
            throw error
        }
    }

    private static func value(of starting: Task<SessionClient, any Error>) async throws -> SessionClient {
        try await withTaskCancellationHandler {
            try await starting.value
        } onCancel: {
            starting.cancel()
        }
    }

    /// Puts link rules in force for everything that nodes, ledger and clients send, in place of those before. They also
    /// hold for nodes that are started later. A rule's window counts from the sender's start; in a simulation, from
    /// the run's.
    /// - Throws: ``NetworkError/rulesNotTaken(node:reason:)``; the others have the rules then.
    public func setLinkRules(_ rules: LinkRules) async throws {
        events.record(
            Event(.operatorAction, from: "testnet", ["action": "links", "rules": rules.json]))
        try await world.setLinkRules(rules)
    }

    /// Asks whoever runs this network to end it; ``waitForDownRequest()`` returns.
    public nonisolated func requestDown() { announceDown.yield(.asked) }

    /// Why a network is to end.
    public enum DownRequest: Sendable, Equatable {
        /// Somebody asked for it.
        case asked
        /// Its directory is gone, and with it every way to reach it.
        case directoryLost
    }

    /// Waits until the network is to end.
    /// - Returns: why; `nil` when the task is cancelled.
    @discardableResult
    public nonisolated func waitForDownRequest() async -> DownRequest? {
        for await request in downRequests { return request }
        return nil
    }

    /// Ends every node, then the ledger, then what they shared. Returns when all of it has ended, also the second time.
    public func down() async {
        let ending = ending ?? world.spawn { await self.endEverything() }
        self.ending = ending
        // It ends by itself and throws nothing.
        _ = await ending.result
    }

    private func endEverything() async {
        await withTaskGroup(of: Void.self) { group in
            for name in names {
                guard let node = nodes[name] else { continue }
                group.addTask { await node.stop() }
            }
        }
        for (_, starting) in clients.sorted(by: { $0.key < $1.key }) {
            starting.cancel()
            // One that never started has closed itself, and whoever asked for it was told.
            if let client = try? await starting.value { await client.close() }
        }
        for task in background { task.cancel() }
        ledgerRun?.cancel()
        await ledger.close()
        await world.shutdown()
        // Nothing may be recorded after this: whoever ended the network reads the log.
        for task in background { _ = await task.result }
        _ = await ledgerRun?.result
    }

    func requireUp() throws(NetworkError) {
        guard ending == nil else { throw .goingDown }
    }
}

extension Event {
    /// The first fact of every run.
    fileprivate static func start(of settings: NetworkSettings) -> Event {
        var fields: [String: JSON] = [
            "name": .string(settings.directory.name), "seed": .uint(settings.seed),
            "mode": .string(settings.topology.mode.rawValue), "nodes": .int(settings.topology.nodes.count),
            "swarmPolicy": .string(settings.topology.ledger.swarmPolicy.rawValue),
        ]
        if settings.topology.mode == .simulated { fields["crypto"] = .string(settings.topology.crypto.rawValue) }
        return Event(.runStarted, from: "testnet", fields)
    }
}
