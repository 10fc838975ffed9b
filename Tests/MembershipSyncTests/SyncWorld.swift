import Faults
import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Simulation
import Storage
import Swarms
import Synchronization
import Testing

/// Nodes, a scripted ledger and a client in virtual time.
final class SyncWorld: Sendable {
    let seed: UInt64
    let simulation: Simulation
    let ledger: ScriptedLedger
    let events = SyncEvents()
    private let ledgerPeer: OMQPeer
    let client: SimulatedTransport
    struct State {
        var nodes: [String: SyncNode] = [:]
        /// What was acknowledged by at least one node, and how often something was stored.
        var acknowledged: Set<Record> = []
        /// What may be there or not: nobody said that it was stored, or deleted, though it may have been.
        var uncertain: Set<Record> = []
        var stores = 0
    }
    let state = Mutex(State())

    private init(_ simulation: Simulation, seed: UInt64) async throws {
        self.seed = seed
        self.simulation = simulation
        ledger = ScriptedLedger(simulation)
        ledgerPeer = try await ledger.open()
        let host = simulation.network.host("client", at: IPv4Address(10, 0, 2, 1))
        client = simulation.network.transport(
            on: host, keys: NodeKeys(networkSeed: 11, name: "client").x25519.publicKey)
    }

    /// Runs `body` in virtual time.
    static func run(
        seed: UInt64 = 1, mischief: Mischief = .none, _ body: @escaping @Sendable (SyncWorld) async throws -> Void
    ) async throws {
        let settings = SimulationSettings(
            seed: seed, profile: .loopback, mischief: mischief, limit: .seconds(2 * 86_400))
        try await Simulation.run(settings) { simulation in
            let world = try await SyncWorld(simulation, seed: seed)
            try await body(world)
            for node in world.nodes { await node.kill() }
        }
    }

    var nodes: [SyncNode] { state.withLock { $0.nodes.values.sorted { $0.name < $1.name } } }
    /// How many messages ``store(_:bytes:)`` has made; they are numbered from 1.
    var stores: Int { state.withLock { $0.stores } }
    var acknowledged: Set<Record> { state.withLock { $0.acknowledged } }
    var uncertain: Set<Record> { state.withLock { $0.uncertain } }

    func node(_ name: String) throws -> SyncNode { try #require(state.withLock { $0.nodes[name] }) }

    /// Starts nodes that are listed nowhere yet, with what they hold.
    /// - Parameter found: whether the network begins with them.
    func start(_ names: [String], holding messages: [StoredMessage] = [], found: Bool = false) async throws {
        for name in names {
            let number = UInt8(state.withLock { $0.nodes.count } + 1)
            let node = SyncNode(name, number: number, in: simulation, ledger: ledgerPeer, events: events)
            state.withLock { $0.nodes[name] = node }
            if !messages.isEmpty { try await node.write(messages) }
            try await node.start(founds: found)
            ledger.knows(name, node.keys, at: node.host.address, node.ports)
        }
    }

    /// Lists nodes by swarm, makes a block and lets the news spread. Nodes not named stay as they are.
    func block(_ swarms: [UInt64: [String]] = [:], decommissioned: [String] = [], gone: [String] = []) async throws {
        for (swarm, names) in swarms { for name in names { ledger.list(name, as: .member(SwarmID(swarm))) } }
        for name in decommissioned { ledger.list(name, as: .decommissioned) }
        for name in gone { ledger.list(name, as: .absent) }
        ledger.block()
        try await pass(.milliseconds(100))
    }

    func pass(_ duration: Duration) async throws { try await simulation.clock.sleep(for: duration) }

    /// Starts a network whose nodes all know the table, with what all of them hold.
    func begin(_ swarms: [UInt64: [String]], holding messages: [StoredMessage] = []) async throws {
        state.withLock { $0.acknowledged.formUnion(messages.map(Record.init)) }
        try await start(swarms.values.joined().sorted(), holding: messages)
        try await block(swarms)
        try await settle()
    }

    /// The swarms as the newest table has them.
    var ring: SwarmMap {
        SwarmMap(ledger.listings.values.compactMap { if case .member(let swarm) = $0 { swarm } else { nil } })
    }

    func members(of swarm: SwarmID) -> [SyncNode] { nodes.filter { ledger.listings[$0.name] == .member(swarm) } }

    /// Lets nothing pass between a node and others until it is healed.
    func cut(_ name: String, from others: [String]) throws {
        let node = LinkParty.only(try node(name).host.address)
        let far = LinkParty.only(try others.map { try self.node($0).host.address })
        simulation.network.rules.add(LinkRule("out", from: node, to: far, effect: .cut))
        simulation.network.rules.add(LinkRule("in", from: far, to: node, effect: .cut))
    }

    func heal() { simulation.network.rules = LinkRules() }

    // MARK: Storing

    static let namespaces: [Int16] = [0, 10, -10, 20, 30]

    private static func keys(_ number: Int) throws -> Ed25519KeyPair {
        try Ed25519KeyPair(seed: Digest.blake2b(Bytes("account \(number)".utf8)))
    }

    /// Accounts spread evenly over the ring.
    static func account(_ number: Int) throws -> AccountID {
        AccountID(session: try keys(number).x25519.publicKey)
    }

    /// The key that the owner of one of the first forty accounts signs with.
    static func keys(of account: AccountID) throws -> Ed25519KeyPair {
        try #require(try (0..<40).lazy.map(keys).first { AccountID(session: $0.x25519.publicKey) == account })
    }

    /// These are gone for good.
    func forget(_ records: some Sequence<Record>) { state.withLock { $0.acknowledged.subtract(records) } }

    /// These may be gone, or there.
    func doubt(_ records: some Sequence<Record>) { state.withLock { $0.uncertain.formUnion(records) } }

    /// - Returns: the body of a successful reply.
    func call(_ method: String, _ request: JSON, at node: SyncNode) async throws -> JSON? {
        let outcome = await client.request(
            node.peer, "storage.\(method)", [request.utf8], timeout: .seconds(20))
        guard case .reply(let parts) = outcome, parts.count == 1 else { return nil }
        // A refusal is a text, and acknowledges nothing.
        return try? JSON(parsing: parts[0])
    }

    /// So many large messages, as clients would have stored them.
    static func largeMessages(_ count: Int) throws -> [StoredMessage] {
        try (0..<count).map { number in
            let account = try account(number % 40)
            let data = Bytes("large \(number)".utf8) + Bytes(repeating: 1, count: 60_000)
            return StoredMessage(
                account: account, namespace: .inbox,
                hash: MessageHash(account: account, namespace: .inbox, data: data), timestamp: 1_767_225_600_000,
                expiry: 1_768_225_600_000, data: data)
        }
    }

    /// So many messages in each of these mailboxes, for different accounts.
    static func messages(
        _ count: Int, in namespaces: [Int16], lifetime: Int64 = 1_000_000_000
    ) throws -> [StoredMessage] {
        try namespaces.flatMap { number in
            try (0..<count).map { index in
                let (account, namespace) = (try account(index), Namespace(number))
                let data = Bytes("\(index) in \(number) for \(lifetime)".utf8)
                return StoredMessage(
                    account: account, namespace: namespace,
                    hash: MessageHash(account: account, namespace: namespace, data: data),
                    timestamp: 1_767_225_600_000, expiry: 1_767_225_600_000 + lifetime, data: data)
            }
        }
    }

    /// Stores so many messages for different accounts, each at a member of the swarm that answers for it.
    func store(_ count: Int, bytes: Int = 20) async throws {
        for _ in 0..<count {
            let number = state.withLock { state in
                state.stores += 1
                return state.stores
            }
            let account = try Self.account(number % 40)
            guard let swarm = ring.swarm(for: account) else { continue }
            let running = members(of: swarm).filter { $0.isRunning && !$0.isHeld }
            guard !running.isEmpty else { continue }
            _ = try await store(number, for: account, at: running[number % running.count], bytes: bytes)
        }
    }

    /// - Returns: whether any node acknowledged it.
    @discardableResult
    func store(_ number: Int, for account: AccountID, at node: SyncNode, bytes: Int = 20) async throws -> Bool {
        let namespace = Self.namespace(number)
        let data = Self.data(number, bytes)
        let request: JSON = [
            "pubkey": .string(account.hex), "timestamp": .integer(simulation.clock.wallMilliseconds),
            "ttl": 1_000_000_000, "namespace": .integer(Int64(namespace.rawValue)),
            "data": .string(Base64.encode(data)),
        ]
        let reply = try await call("store", request, at: node)
        let record = Self.record(number, of: account, bytes: bytes)
        guard let entries = reply?["swarm"]?.asObject, entries.values.contains(where: { $0["failed"] == nil }) else {
            // A copy may be on its way yet.
            if !acknowledged.contains(record) { doubt([record]) }
            return false
        }
        state.withLock { _ = $0.acknowledged.insert(record) }
        return true
    }

    private static func data(_ number: Int, _ bytes: Int) -> Bytes {
        Bytes("message \(number)".utf8) + Bytes(repeating: 1, count: bytes)
    }

    private static func namespace(_ number: Int) -> Namespace { Namespace(namespaces[number / 3 % namespaces.count]) }

    /// What ``store(_:for:at:bytes:)`` stores.
    static func record(_ number: Int, of account: AccountID, bytes: Int = 20) -> Record {
        let namespace = namespace(number)
        return Record(
            account: account, namespace: namespace,
            hash: MessageHash(account: account, namespace: namespace, data: data(number, bytes)))
    }

    // MARK: Expectations

    /// Waits until every running node has nothing left to do.
    func settle(within limit: Duration = .seconds(600), _ location: SourceLocation = #_sourceLocation) async throws {
        let end = simulation.uptime + limit
        while !nodes.allSatisfy({ $0.standing?.isSettled ?? true }) {
            guard simulation.uptime < end else {
                let restless = nodes.filter { $0.standing?.isSettled == false }
                    .map { "\($0.name): \($0.standing?.pendingTransfers ?? 0)" }
                Issue.record("not settled after \(limit): \(restless)", sourceLocation: location)
                return
            }
            try await pass(.milliseconds(50))
        }
    }

    /// Every running node holds exactly what maps to its swarm, and nothing that was acknowledged is lost.
    func expectRecordsInPlace(_ location: SourceLocation = #_sourceLocation) async throws {
        let ring = ring
        var held: Set<Record> = []
        for node in nodes where node.isRunning {
            var expected: Set<Record> = []
            if case .member(let swarm) = ledger.listings[node.name] ?? .absent {
                expected = acknowledged.filter { ring.swarm(for: $0.account) == swarm }
            }
            let uncertain = uncertain
            let records = try await node.records().subtracting(uncertain)
            expected.subtract(uncertain)
            held.formUnion(records)
            let (missing, surplus) = (expected.subtracting(records).count, records.subtracting(expected).count)
            #expect(missing == 0, "\(node.name) lacks \(missing) of \(expected.count)", sourceLocation: location)
            #expect(surplus == 0, "\(node.name) holds \(surplus) that are not its own", sourceLocation: location)
        }
        #expect(held == acknowledged.subtracting(uncertain), sourceLocation: location)
    }
}
