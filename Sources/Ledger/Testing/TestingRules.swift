/// How nodes judge each other (ledger §3). Times are those of mainnet; ``LedgerRules/timeScale`` shortens them.
///
/// Unlike on the real network, a daemon votes from its start and not only after V, and a hard fork gives nobody 5,040
/// blocks without deregistrations: a network that lives for minutes would never judge anyone.
public struct TestingRules: Sendable, Equatable {
    /// Whether anybody votes at all.
    public var isEnabled = true
    /// Validators of one quorum.
    public var quorumSize = 10
    /// Votes that make a state change.
    public var votesNeeded = 7
    /// Nodes one quorum tests, if there are as many, and at least a hundredth of the others.
    public var minimumWorkers = 50
    /// A quorum is judged when more than this many blocks lie above it.
    public var voteLag: UInt64 = 11
    /// Blocks after which a quorum's votes and state changes are worth nothing.
    public var lifetime: UInt64 = 60
    /// With no more active nodes than ``quorumSize``, whether active nodes are tested: by all active nodes but the
    /// tested one, and the same share of votes acts, at least two. A deviation from the daemon, where such a network
    /// tests nobody who is active.
    public var testsSmallNetworks = true
    /// A failure that a storage server reported is news for this long.
    public var reportStaleness: Duration = .seconds(300)
    /// Two addresses within this time are one too many.
    public var ipChangeWindow: Duration = .seconds(24 * 3_600)
    /// After a penalty, addresses seen within this time do not count.
    public var ipChangeBuffer: Duration = .seconds(2 * 3_600)
    /// Whether quorums draw their chance as from hard fork 16 on.
    public var hasHardfork16Chance = true

    public init() {}

    /// Votes that make a state change when this many validators may judge a node.
    public func votesNeeded(of validators: Int, activeNodes: Int) -> Int {
        guard testsSmallNetworks, activeNodes <= quorumSize else { return votesNeeded }
        return max(2, (validators * votesNeeded + quorumSize - 1) / quorumSize)
    }
}
