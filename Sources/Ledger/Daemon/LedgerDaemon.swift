import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Swarms

/// The ledger at work: one chain, the daemons of all adopted nodes, and the RPC they share.
///
/// On a real network every service node runs a daemon of its own. Here one serves all of them and tells them apart by
/// the key that CURVE proves, so that each storage server may still ask for its node's secrets and send its pings.
public actor LedgerDaemon {
    /// As events and status name it.
    public static let name = "ledger"
    /// Major, minor, patch of the daemon whose interface this is; the oldest whose proofs count (ledger §2.3).
    static let version: [UInt16] = [10, 6, 0]

    let configuration: LedgerConfiguration
    let environment: LedgerEnvironment
    let admins = AdminKeys()
    var chain: LedgerChain
    var proofs: UptimeProofs
    var daemons: [X25519PublicKey: ServiceNodeDaemon] = [:]
    /// The keys of ``daemons``, ascending; empty while they have to be sorted anew.
    private var callers: [X25519PublicKey] = []
    var subscriptions = BlockSubscriptions()
    /// By how late they are; made when somebody asks.
    var published: [UInt64: PublishedView] = [:]
    /// How many of the newest blocks are kept from a node.
    var lags: [LegacyPublicKey: UInt64] = [:]
    /// How far the ledger's time is ahead of the world's clock.
    var timeOffset: Duration = .zero
    /// The nodes' tests of each other.
    var testing: ConsensusTesting
    /// What became of the swarms, oldest first.
    var swarmChanges: [SwarmChange] = []
    /// Events of blocks that are not kept yet; `nil` while there are none.
    var heldEvents: [Event]?
    /// Why the last block could not be kept; `nil` while all is well.
    var failure: StorageError?
    private(set) var isClosed = false
    /// When proofs that no block shows yet came in.
    var waitingProofs: (first: Duration, last: Duration)?
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation
    /// A block could not be kept, and is to be tried again.
    private let retries: AsyncStream<Void>
    let troubles: AsyncStream<Void>.Continuation

    /// A ledger at its genesis block; with an archive that has blocks, one that goes on where that one ended. Its time
    /// is then never before that of its top block. Proofs are not archived: they come anew with the nodes' pings, unless
    /// ``recall(_:)`` brings them.
    ///
    /// - Throws: when the archive belongs to another ledger, cannot be read or does not add up.
    public init(configuration: LedgerConfiguration, environment: LedgerEnvironment) throws(ArchiveOpeningError) {
        self.configuration = configuration
        self.environment = environment
        chain =
            try configuration.archive?.chain(from: configuration.genesis) ?? LedgerChain(genesis: configuration.genesis)
        let rules = configuration.genesis.rules
        proofs = UptimeProofs(timing: rules.proofTiming)
        testing = ConsensusTesting(
            times: TestTimes(proofs: rules.proofTiming, rules: rules.testing, timeScale: rules.timeScale))
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (retries, troubles) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let behind = chain.top.timestamp - environment.clock.wallMilliseconds / 1_000
        if chain.top.height > 0, behind > 0 { timeOffset = .seconds(behind) }
        swarmChanges = SwarmChange.remembered(by: chain)
    }

    /// Opens both listeners and answers from then on.
    /// - Throws: ``TransportError/cannotListen(address:reason:)``.
    public func open() async throws(TransportError) -> ListenerPorts {
        // After a restart nobody has proved anything yet.
        excuseUnheard()
        return try await environment.transport.open(TransportServices(http: httpService, omq: omqService))
    }

    /// Makes blocks, sends the proofs that fall due and ends old subscriptions, until cancelled. Call it once.
    public nonisolated func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.makeBlocks() }
            group.addTask { await self.makeTestingBlocks() }
            group.addTask { await self.makeUnkeptBlocks() }
            group.addTask { await self.keepTime() }
        }
    }

    /// Becomes the daemon of a node: admin requests that its X25519 key makes are made in its name.
    ///
    /// Adopting a node again changes only its address.
    ///
    /// - Parameters:
    ///   - publicIP: what the node's proofs announce.
    ///   - isReminded: whether it is told of the top block whenever it subscribes or renews that. The reference asks
    ///     for the nodes before it subscribes, and drops all answers of its first seconds (storage-node §8.3, §10.1);
    ///     what it missed so, the next block would bring, which here may never come.
    public func adopt(_ keys: NodeKeys, publicIP: IPv4Address, isReminded: Bool = false) {
        let caller = keys.x25519.publicKey
        if daemons[caller]?.node == keys.legacy.publicKey {
            daemons[caller]?.move(to: publicIP)
            sendDueProof(of: caller)
        } else {
            let daemon = ServiceNodeDaemon(
                keys: keys, publicIP: publicIP, timing: configuration.genesis.rules.proofTiming,
                isReminded: isReminded)
            if daemons.updateValue(daemon, forKey: caller) == nil { callers = [] }
        }
        admins.insert(caller)
    }

    /// Stops answering, and releases the archive. No block is made afterwards.
    public func close() async {
        isClosed = true
        failure = failure ?? .closed
        await environment.transport.close()
        configuration.archive?.close()
    }

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

    /// With ``LedgerConfiguration/BlockTime/auto``, blocks also come while somebody's fate depends on them.
    private func makeTestingBlocks() async {
        guard configuration.blockTime == .auto else { return }
        let rules = chain.genesis.rules
        let pause = min(rules.blockTarget, rules.proofTiming.check)
        // One that could not be kept is tried again below.
        while !isClosed, await sleeps(for: failure == nil ? timeUntilTestingBlock ?? pause : pause) {
            if failure == nil, timeUntilTestingBlock == .zero { makeBlock() }
        }
    }

    /// How long a block that could not be kept waits for the next try.
    private static let retryPause = Duration.seconds(1)

    /// Goes on by itself once there is room again.
    private func makeUnkeptBlocks() async {
        for await _ in retries {
            while failure != nil, !isClosed, await sleeps(for: Self.retryPause) {
                if failure != nil { makeBlock() }
            }
        }
    }

    private func keepTime() async {
        while await sleeps(for: chain.genesis.rules.proofTiming.check) {
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
