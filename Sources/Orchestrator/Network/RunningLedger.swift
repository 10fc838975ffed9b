import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol

/// The run's ledger with its listeners open.
struct RunningLedger: Sendable {
    /// How nodes reach it.
    let peer: OMQPeer
    /// Where clients bootstrap.
    let rpcURL: String
    private let daemon: LedgerDaemon
    private let transport: any Transport
    private let clock: any NodeClock

    /// What the rest of the orchestrator reads of the chain.
    struct Snapshot: Sendable {
        var height: UInt64
        var swarms: [LegacyPublicKey: SwarmID]
    }

    init(_ settings: NetworkSettings, world: any NetworkWorld, events: any EventLog) async throws {
        let keys = NodeKeys(networkSeed: settings.seed, name: LedgerDaemon.name).x25519
        let (address, environment) = world.ledgerSite(keys, ports: nil, events: events)
        transport = environment.transport
        clock = environment.clock
        daemon = LedgerDaemon(
            configuration: NodeOperators(settings).ledgerConfiguration(clock: environment.clock),
            environment: environment)
        let ports: ListenerPorts
        do {
            ports = try await daemon.open()
        } catch {
            let port = settings.topology.ledger.rpcPort
            let asked = settings.topology.listenIP.map { "--listen-ip \($0), " } ?? ""
            let hint = port == 0 ? "" : "; choose another --rpc-port, or 0 for any free one"
            throw NetworkError.cannotListen(
                what: "the ledger's RPC (\(asked)--rpc-port \(port))", reason: "\(error)\(hint)")
        }
        peer = OMQPeer(address: address, port: ports.omq ?? 0, publicKey: keys.publicKey, role: .ledger)
        rpcURL = "http://\(address):\(ports.http ?? 0)"
    }

    /// Makes blocks until cancelled.
    func run() async { await daemon.run() }

    /// Makes the ledger each node's own daemon, and registers all of them with their stakes, in one block.
    func register(_ members: [NodeMember], _ settings: NetworkSettings) async throws {
        for member in members { await daemon.adopt(member.keys, publicIP: member.address) }
        do {
            let time = clock.wallMilliseconds / 1_000
            try await daemon.submit(NodeOperators(settings).registrations(of: members, at: time))
        } catch {
            let name = members.first { $0.keys.legacy.publicKey == error.node }?.name
            throw NetworkError.ledgerRefused(node: name ?? error.node?.hex ?? "", reason: "\(error)")
        }
    }

    func status() async -> Snapshot {
        let status = await daemon.status
        let swarms = status.nodes.filter { $0.swarm != .unassigned }.map { ($0.node, $0.swarm) }
        return Snapshot(height: status.height, swarms: Dictionary(uniqueKeysWithValues: swarms))
    }

    func close() async { await transport.close() }
}
