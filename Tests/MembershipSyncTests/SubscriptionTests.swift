import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Simulation
import Synchronization
import Testing
import TimeLimits

/// Pushes of new messages over the simulated network (storage-node §12.3).
@Suite(.workLimit(minutes: 2)) struct SubscriptionTests {
    private static let swarm: UInt64 = 0x1000_0000_0000_0000

    /// Somebody who notes what is pushed.
    private final class Watcher: Sendable {
        let keys: Ed25519KeyPair
        let account: AccountID
        let transport: SimulatedTransport
        private let world: SyncWorld
        private let notes = Mutex<[(node: X25519PublicKey, notice: Bytes)]>([])

        init(in world: SyncWorld) async throws {
            self.world = world
            keys = try Ed25519KeyPair(seed: Bytes(repeating: 4, count: 32))
            account = AccountID(session: keys.x25519.publicKey)
            let host = world.simulation.network.host("watcher", at: IPv4Address(10, 0, 2, 9))
            transport = world.simulation.network.transport(
                on: host, keys: NodeKeys(networkSeed: 11, name: "watcher").x25519.publicKey)
            let note = OMQService.Command(access: .anyone, isRequest: false) { [weak self] call in
                self?.notes.withLock { $0.append((call.caller.publicKey, call.parts.first ?? [])) }
                return nil
            }
            _ = try await transport.open(TransportServices(omq: OMQService(commands: ["notify.message": note])))
        }

        /// What a node pushed so far.
        func notices(of node: SyncNode) throws -> [Bencode] {
            try notes.withLock { $0.filter { $0.node == node.keys.x25519.publicKey } }
                .map { try Bencode(parsing: $0.notice) }
        }

        func watch(at node: SyncNode) async -> OMQOutcome {
            let time = world.simulation.clock.wallMilliseconds / 1000
            let text = SignedText.monitor(account, timestamp: time, wantsData: true, namespaces: [.inbox])
            let request = Bencode.dictionary([
                "P": .bytes(keys.publicKey.bytes), "d": .bool(true), "n": .list([.integer(0)]),
                "s": .bytes(keys.sign(text)), "t": .integer(time),
            ])
            return await transport.request(
                node.peer, "monitor.messages", [request.encoded], timeout: .seconds(5))
        }
    }

    @Test("Every member of the swarm tells of a new message once, before the store is acknowledged")
    func everyMember() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: ["a", "b", "c"]])
            let watcher = try await Watcher(in: world)
            for node in world.nodes {
                #expect(await watcher.watch(at: node) == .reply([Bytes("d7:successi1ee".utf8)]))
            }
            // Number 0 goes to the default inbox, number 3 to another namespace.
            for number in [0, 0, 3] {
                #expect(try await world.store(number, for: watcher.account, at: try world.node("b")))
            }
            for node in world.nodes {
                let notices = try watcher.notices(of: node)
                #expect(notices.count == 1, "\(node.name)")
                #expect(notices.first?["@"] == .bytes(watcher.account.bytes))
                #expect(notices.first?["~"] == .bytes(Bytes("message 0".utf8) + Bytes(repeating: 1, count: 20)))
            }
        }
    }

    @Test("A member that gets a message later, in bulk, tells nobody of it")
    func bulk() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: ["a", "b"]])
            let watcher = try await Watcher(in: world)
            for node in world.nodes { _ = await watcher.watch(at: node) }
            try world.cut("b", from: ["a"])
            #expect(try await world.store(0, for: watcher.account, at: try world.node("a")))
            world.heal()
            try await world.settle(within: .seconds(60))
            try await world.expectRecordsInPlace()
            #expect(try watcher.notices(of: try world.node("a")).count == 1)
            #expect(try watcher.notices(of: try world.node("b")).isEmpty)
        }
    }
}
