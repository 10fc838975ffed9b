import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Simulation
import Storage
import Synchronization

/// A whole node on a host of the simulation, which can be killed and started again.
final class SyncNode: Sendable {
    private struct Running {
        var node: ServiceNode
        var transport: SimulatedTransport
        var store: SimulatedMessageStore
        var task: Task<Void, any Error>
    }

    let name: String
    let keys: NodeKeys
    let host: SimulatedHost
    let disk: SimulatedDisk
    private let simulation: Simulation
    private let ledger: OMQPeer
    private let events: SyncEvents
    private let held = Mutex(false)
    private let state = Mutex<(running: Running?, ports: ListenerPorts, starts: UInt64)>((nil, ListenerPorts(), 0))

    init(_ name: String, number: UInt8, in simulation: Simulation, ledger: OMQPeer, events: SyncEvents) {
        self.name = name
        self.simulation = simulation
        self.ledger = ledger
        self.events = events
        keys = NodeKeys(networkSeed: 11, name: name)
        host = simulation.network.host(name, at: IPv4Address(10, 0, 0, number))
        disk = simulation.disk(of: host)
    }

    var isRunning: Bool { state.withLock { $0.running != nil } }
    var standing: NodeStanding? { state.withLock { $0.running?.node.standing } }
    var ports: ListenerPorts { state.withLock { $0.ports } }
    var peer: OMQPeer {
        OMQPeer(address: host.address, port: ports.omq ?? 0, publicKey: keys.x25519.publicKey, role: .client)
    }

    /// - Parameter founds: see ``NodeConfiguration/foundsNetwork``.
    func start(founds: Bool = false) async throws {
        let (ports, starts) = state.withLock { state in
            state.starts += 1
            return (state.ports, state.starts)
        }
        let transport = simulation.network.transport(on: host, keys: keys.x25519.publicKey, ports: ports)
        let store = try SimulatedMessageStore(disk: disk)
        let node = ServiceNode(
            configuration: NodeConfiguration(
                name: name, keys: keys, ledger: ledger, isRateLimited: false, foundsNetwork: founds),
            environment: NodeEnvironment(
                clock: simulation.clock(of: host), transport: transport,
                randomness: SeededRandomness(seed: starts), store: store, events: events))
        let bound = try await node.open()
        let task = simulation.spawn { try await node.run(ports: bound) }
        state.withLock { state in
            state.ports = bound
            state.running = Running(node: node, transport: transport, store: store, task: task)
        }
    }

    /// Whether its process is held, as by SIGSTOP.
    var isHeld: Bool { held.withLock { $0 } }

    func hold() {
        held.withLock { $0 = true }
        host.hold()
    }

    func release() {
        held.withLock { $0 = false }
        host.release()
    }

    /// Puts messages on the disk of a node that does not run.
    func write(_ messages: [StoredMessage]) async throws {
        let store = try SimulatedMessageStore(disk: disk)
        _ = try await store.insert(messages)
        await store.close()
    }

    /// Ends the node as the death of its process would.
    func kill() async {
        guard let running = state.withLock({ $0.running.take() }) else { return }
        running.task.cancel()
        running.transport.drop()
        disk.crash()
        await running.store.close()
        _ = await running.task.result
    }

    /// What it holds, read from its store.
    func records() async throws -> Set<Record> {
        guard let node = state.withLock({ $0.running?.node }) else { return [] }
        return Set(
            try await node.inventory().map { Record(account: $0.account, namespace: $0.namespace, hash: $0.hash) })
    }

    /// When each message that it holds expires, in milliseconds since 1970.
    func expiries() async throws -> [Record: Int64] {
        guard let store = state.withLock({ $0.running?.store }) else { return [:] }
        let messages = try await store.messages(afterRow: 0, limit: .max).map(\.message)
        return Dictionary(messages.map { (Record($0), $0.expiry) }) { first, _ in first }
    }

    /// All that its store knows of one message, for whoever has to find out how it came to that.
    func account(of record: Record) async throws -> String {
        guard let store = state.withLock({ $0.running?.store }) else { return "not running" }
        let message = try await store.message(record.hash)
        let changes = try await store.changes(since: 0, after: nil, limit: .max)
        let text = record.hash.text
        let times = message.map { "stored \($0.storedAt), expires \($0.expiry), set \($0.expiryChanged)" } ?? "gone"
        return "\(name): \(times); "
            + changes.map { "\($0)" }.filter {
                $0.contains(text) || $0.contains("standing") && $0.contains(record.account.hex)
            }
            .joined(separator: "; ")
    }

    func hasRevoked(_ token: Bytes, of account: AccountID) async throws -> Bool {
        guard let store = state.withLock({ $0.running?.store }) else { return false }
        return try await store.isRevoked(token, of: account)
    }
}

/// A message by its names.
struct Record: Hashable, Sendable {
    let account: AccountID
    let namespace: Namespace
    let hash: MessageHash
}

extension Record {
    func lies(in mailboxes: MailboxSelection) -> Bool { mailboxes == .all || mailboxes == .one(namespace) }

    init(_ message: StoredMessage) {
        self.init(account: message.account, namespace: message.namespace, hash: message.hash)
    }
}

/// What nodes reported, in order.
final class SyncEvents: EventLog {
    private let events = Mutex<[Event]>([])

    func record(_ event: Event) { events.withLock { $0.append(event) } }

    func all(_ kind: EventKind, from source: String? = nil) -> [Event] {
        events.withLock { $0.filter { $0.kind == kind && (source == nil || $0.source == source) } }
    }

    /// The sum of the events' numbers of messages.
    func messages(_ kind: EventKind, from source: String? = nil) -> Int {
        all(kind, from: source).reduce(0) { $0 + Int($1.fields["messages"]?.asInteger ?? 0) }
    }
}
