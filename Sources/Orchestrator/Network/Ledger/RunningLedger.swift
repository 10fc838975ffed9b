import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage

/// The run's ledger with its listeners open.
struct RunningLedger: Sendable {
    /// How nodes reach it.
    let peer: OMQPeer
    /// Where clients bootstrap.
    let rpcURL: String
    let operators: NodeOperators
    let daemon: LedgerDaemon
    private let configuration: LedgerConfiguration
    private let keys: X25519KeyPair
    private let world: any NetworkWorld
    private let events: any EventLog
    private let ports: ListenerPorts

    /// Opens a new ledger.
    init(_ settings: NetworkSettings, world: any NetworkWorld, events: any EventLog) async throws {
        let operators = NodeOperators(settings)
        let keys = NodeKeys(networkSeed: settings.seed, name: LedgerDaemon.name).x25519
        let configuration = operators.ledgerConfiguration(clock: world.clock, archive: try world.ledgerArchive())
        try await self.init(operators, configuration, keys, on: nil, world: world, events: events)
    }

    private init(
        _ operators: NodeOperators, _ configuration: LedgerConfiguration, _ keys: X25519KeyPair,
        on before: ListenerPorts?, recalling memory: ProofMemory? = nil,
        world: any NetworkWorld, events: any EventLog
    ) async throws {
        let (address, environment) = world.ledgerSite(keys, ports: before, events: events)
        let daemon = try LedgerDaemon(configuration: configuration, environment: environment)
        if let memory { await daemon.recall(memory) }
        do {
            ports = try await daemon.open()
        } catch {
            await daemon.close()
            let settings = operators.settings.topology
            let port = before?.http ?? settings.ledger.rpcPort
            // Only what was asked for can be to blame.
            let asked = [
                settings.listenIP.map { "--listen-ip \($0)" }, port == 0 ? nil : "--rpc-port \(port)",
            ].compactMap { $0 }
            let hint = port == 0 ? "" : "; choose another --rpc-port, or 0 for any free one"
            throw NetworkError.cannotListen(
                what: "the ledger's RPC" + (asked.isEmpty ? "" : " (\(asked.joined(separator: ", ")))"),
                reason: "\(error)\(hint)")
        }
        self.operators = operators
        self.configuration = configuration
        self.keys = keys
        self.world = world
        self.events = events
        self.daemon = daemon
        peer = OMQPeer(address: address, port: ports.omq ?? 0, publicKey: keys.publicKey, role: .ledger)
        rpcURL = "http://\(address):\(ports.http ?? 0)"
    }

    /// How a node reaches it: an external server on the endpoint that is its alone.
    func peer(for member: NodeMember) -> OMQPeer {
        ExternalEndpoints(operators.settings).peer(for: member, on: ports.plain, like: peer) ?? peer
    }

    /// The same ledger opened again on the same ports, from the blocks it kept, with what it knew of its nodes. This one
    /// must be closed.
    func reopened() async throws -> RunningLedger {
        var configuration = configuration
        configuration.archive = try world.ledgerArchive()
        return try await RunningLedger(
            operators, configuration, keys, on: ports, recalling: await daemon.proofMemory, world: world,
            events: events)
    }

    /// Makes blocks until cancelled.
    func run() async { await daemon.run() }

    /// Makes the ledger each node's own daemon.
    func adopt(_ members: [NodeMember]) async {
        let externals = operators.settings.topology.externals
        for member in members {
            await daemon.adopt(
                member.keys, publicIP: member.address, isReminded: externals[member.name] != nil)
        }
    }

    /// - Parameter roll: gives nodes their names in what is thrown.
    func submit(_ transactions: [LedgerTransaction], naming roll: NodeRoll) async throws -> LedgerReceipt {
        do {
            try await daemon.submit(transactions)
        } catch let refusal as TransactionRefusal {
            let node = refusal.node.map { roll.name(of: $0) ?? $0.hex }
            throw NetworkError.ledgerRefused(
                what: refusal.kind.rawValue + (node.map { " of \($0)" } ?? ""),
                reason: operators.wallets.named(in: "\(refusal.reason)"))
        } catch let error as StorageError {
            throw BlocksNotKept(reason: error)
        }
        let waiting = await daemon.status.pending > 0
        return LedgerReceipt(
            transactions: transactions.map(\.id), height: await height, isPending: waiting)
    }

    /// Of the top block.
    var height: UInt64 { get async { await daemon.status.height } }

    /// `nil` for a node that is not registered.
    func entry(of member: NodeMember) async -> ServiceNodeEntry? {
        let key = member.keys.legacy.publicKey
        return await daemon.status.nodes.first { $0.node == key }?.entry
    }

    /// The next block's height, and the time to sign something for it at: seconds since the Unix epoch.
    func next(_ clock: any NodeClock) async -> (height: UInt64, time: Int64) {
        let status = await daemon.status
        return (status.height + 1, max(status.time, clock.wallMilliseconds / 1_000))
    }

    /// What wallets can spend in the next block.
    func funds() async -> WalletFunds {
        WalletFunds(await daemon.walletBalances, pending: await daemon.pending, wallets: operators.wallets)
    }

    func close() async { await daemon.close() }
}

/// The ledger could not keep the block that was to be made.
struct BlocksNotKept: Error, CustomStringConvertible {
    let reason: StorageError
    var description: String { "the ledger cannot keep its blocks, so nothing was done: \(reason)" }
}
