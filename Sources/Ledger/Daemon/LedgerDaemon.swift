import NodeRuntime
import SessionCrypto
import SessionProtocol
import Swarms

/// The ledger at work: one chain, the daemons of all adopted nodes, and the RPC they share.
///
/// On a real network every service node runs a daemon of its own. Here one serves all of them and tells them apart by
/// the key that CURVE proves, so that each storage server may still ask for its node's secrets and send its pings.
public actor LedgerDaemon {
    /// As events and status name it.
    public static let name = "ledger"

    let configuration: LedgerConfiguration
    let environment: LedgerEnvironment
    let admins = AdminKeys()
    var chain: LedgerChain
    var proofs: UptimeProofs
    var daemons: [X25519PublicKey: ServiceNodeDaemon] = [:]
    /// The keys of ``daemons``, ascending; empty while they have to be sorted anew.
    private var callers: [X25519PublicKey] = []
    var subscriptions = BlockSubscriptions()
    /// `nil` until somebody asks.
    var published: PublishedView?
    /// When proofs that no block shows yet came in.
    var waitingProofs: (first: Duration, last: Duration)?
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    public init(configuration: LedgerConfiguration, environment: LedgerEnvironment) {
        self.configuration = configuration
        self.environment = environment
        chain = LedgerChain(genesis: configuration.genesis)
        proofs = UptimeProofs(timing: configuration.proofTiming)
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Opens both listeners and answers from then on.
    /// - Throws: ``TransportError/cannotListen(address:reason:)``.
    public func open() async throws(TransportError) -> ListenerPorts {
        try await environment.transport.open(TransportServices(http: httpService, omq: omqService))
    }

    /// Makes blocks, sends the proofs that fall due and ends old subscriptions, until cancelled. Call it once.
    public nonisolated func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.makeBlocks() }
            group.addTask { await self.keepTime() }
        }
    }

    /// Puts transactions in line, all of them or none. With ``LedgerConfiguration/BlockTime/auto`` they are in a block
    /// when this returns.
    /// - Throws: the refusal of the first that cannot count.
    public func submit(_ transactions: [LedgerTransaction]) throws(TransactionRefusal) {
        try chain.submit(transactions, timestamp: environment.clock.wallMilliseconds / 1_000)
        if configuration.blockTime == .auto, !transactions.isEmpty { makeBlock() }
    }

    /// Becomes the daemon of a node: admin requests that its X25519 key makes are made in its name.
    ///
    /// Adopting a node again changes only its address.
    /// - Parameter publicIP: what the node's proofs announce.
    public func adopt(_ keys: NodeKeys, publicIP: IPv4Address) {
        let caller = keys.x25519.publicKey
        if daemons[caller]?.node == keys.legacy.publicKey {
            daemons[caller]?.move(to: publicIP)
            sendDueProof(of: caller)
        } else {
            let daemon = ServiceNodeDaemon(keys: keys, publicIP: publicIP, timing: configuration.proofTiming)
            if daemons.updateValue(daemon, forKey: caller) == nil { callers = [] }
        }
        admins.insert(caller)
    }

    /// What is true right now.
    public var status: LedgerStatus {
        let nodes = chain.entries.map { entry in
            LedgerStatus.Node(
                node: entry.node, registrationHeight: entry.registrationHeight, isFunded: entry.isFunded,
                isActive: entry.isActive, swarm: entry.swarm, proof: proofs.byNode[entry.node])
        }
        return LedgerStatus(
            height: chain.top.height, topHash: chain.top.hash, nodes: nodes, swarms: chain.swarms.swarms)
    }

    /// Stops answering.
    public func close() async { await environment.transport.close() }

    /// Everyone this ledger is the daemon of, ascending.
    func sortedCallers() -> [X25519PublicKey] {
        if callers.isEmpty { callers = daemons.keys.sorted() }
        return callers
    }

    /// Lets ``run()`` look at what waits.
    func wake() { wakeUp.yield() }

    private func makeBlocks() async {
        switch configuration.blockTime {
        case .auto:
            for await _ in wakeUps {
                while let wait = timeUntilBlock {
                    guard await sleeps(for: wait) else { return }
                    if timeUntilBlock == .zero { makeBlock() }
                }
            }
        case .every(let interval):
            while await sleeps(for: interval) { makeBlock() }
        }
    }

    private func keepTime() async {
        while await sleeps(for: configuration.proofTiming.check) {
            subscriptions.removeExpired(at: environment.clock.uptime)
            for caller in sortedCallers() { sendDueProof(of: caller) }
        }
    }

    /// - Returns: `false` when cancelled instead.
    private func sleeps(for duration: Duration) async -> Bool {
        do {
            try await environment.clock.sleep(for: duration)
            return true
        } catch { return false }
    }
}
