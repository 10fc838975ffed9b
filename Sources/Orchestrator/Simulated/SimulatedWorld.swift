import Faults
import Ledger
import NodeRuntime
import ServiceNode
import SessionClient
import SessionCrypto
import SessionProtocol
import Simulation
import Storage

/// Virtual time: every node, client and the ledger on one thread, over a simulated network and simulated disks.
struct SimulatedWorld: NetworkWorld {
    let settings: NetworkSettings
    let simulation: Simulation
    let tables = NodeTableReader()
    let lists = ServiceNodeListReader()
    private let archive = InMemoryBlockArchive()

    static let ledgerAddress = IPv4Address(10, 255, 0, 1)

    var clock: any NodeClock { simulation.clock }
    var elapsedMilliseconds: Int64 { Int64(simulation.clock.uptime / .milliseconds(1)) }

    var simulated: SimulatedWork? {
        let totals = simulation.network.totals
        return SimulatedWork(
            steps: simulation.steps, messages: totals.messages, bytes: totals.bytes, uptime: simulation.uptime)
    }

    func spawn<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Task<Value, any Error> {
        simulation.spawn(body)
    }

    /// Chance for one participant: unrelated to every other's, and the same in every run of the seed.
    func randomness(_ participant: String) -> SeededRandomness {
        let digest = Digest.blake2b(Bytes("\(settings.seed) chance of \(participant)".utf8), length: 8)
        return SeededRandomness(seed: digest.reduce(0) { $0 << 8 | UInt64($1) })
    }

    func ledgerSite(
        _ keys: X25519KeyPair, ports: ListenerPorts?, events: any EventLog
    ) -> (address: IPv4Address, LedgerEnvironment) {
        let host = simulation.network.host(LedgerDaemon.name, at: Self.ledgerAddress)
        return (
            Self.ledgerAddress,
            LedgerEnvironment(
                // The ledger itself keeps account of the time it was moved on.
                clock: simulation.steadyClock(of: host),
                transport: simulation.network.transport(
                    on: host, keys: keys.publicKey, ports: ports ?? ListenerPorts()),
                // One that is opened again must not draw the same numbers again.
                randomness: randomness(
                    ports == nil ? LedgerDaemon.name : "\(LedgerDaemon.name) from \(simulation.uptime)"),
                events: events)
        )
    }

    /// Simulated disks are the nodes'; the ledger's blocks outlive it here.
    func ledgerArchive() -> any BlockArchive {
        archive.reopen()
        return archive
    }

    func advanceWallClocks(by time: Duration) { simulation.advanceWallClocks(by: time) }

    func node(_ member: NodeMember, ledger: OMQPeer, events: RunLog) -> any RunningNode {
        SimulatedNode(member, ledger: ledger, world: self, events: events)
    }

    func clientEnvironment(_ name: String, address: IPv4Address, events: any EventLog) throws -> ClientEnvironment {
        let host = simulation.network.host("client:\(name)", at: address)
        let randomness = randomness("client \(name)")
        let keys = try X25519KeyPair(secretKey: randomness.bytes(32))
        return ClientEnvironment(
            clock: simulation.clock(of: host),
            transport: simulation.network.transport(on: host, keys: keys.publicKey), randomness: randomness,
            events: events, lists: lists)
    }

    func probe(_ member: NodeMember) -> any Transport {
        let host = simulation.network.host(member.name, at: member.address)
        return simulation.network.transport(on: host, keys: member.keys.x25519.publicKey)
    }

    func setLinkRules(_ rules: LinkRules) { simulation.network.rules = rules }

    /// Nobody can call a network in virtual time from outside.
    func serveControl(at path: String, _ service: @escaping HTTPService) {}

    func shutdown() {}
}

extension SimulationSettings {
    /// What a topology says of its simulated network.
    init(_ settings: NetworkSettings) {
        let network = settings.topology.network
        let profile: LinkProfile =
            switch network.profile {
            case .loopback: .loopback
            case .lan: .lan
            case .internet: .internet
            }
        let mischief: Mischief =
            switch network.mischief {
            case .none: .none
            case .rare: .rare
            }
        self.init(seed: settings.seed, profile: profile, mischief: mischief, limit: settings.virtualTimeLimit)
        let cost: CryptoCost =
            switch settings.topology.crypto {
            case .real: .real
            case .modelled: .modelled
            }
        surround = { body in try await CryptoCost.$current.withValue(cost) { try await body() } }
    }
}
