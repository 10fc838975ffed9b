import SessionProtocol

/// The swarm rules of the deployed daemon (ledger §5.3–5.7): swarms of 5 nodes or more, new ones of 7, no upper bound.
///
/// A block's changes are applied in order:
/// 1. Each joiner, ascending, goes to a random one of the swarms at or below the 25th percentile of sizes, ties
///    included. After each, new swarms are made as in step 3.
/// 2. The smallest starving swarms (below ``minimum``) are filled up, one random node at a time, from swarms at or above
///    the 75th percentile. Sizes and percentile are those at the start of this step. When the surplus does not suffice
///    for one of them, the step ends.
/// 3. While no swarm starves and the surplus over ``minimum`` reaches ``target`` plus ``margin`` a swarm, ``target``
///    random nodes of swarms above ``minimum`` make a new swarm in the middle of the widest gap.
/// 4. The starving swarm with the lowest id dissolves, until none starves: its nodes go one by one to a random one of the
///    smallest swarms, and new swarms are made as in step 3.
///
/// Two things differ from the daemon, on purpose:
/// - Swarms of equal size are ordered by id. The daemon leaves their order to its library's sort, which is the same up to
///   16 swarms and another beyond; ``TieOrder/libstdcxx`` follows it there.
/// - The last swarm never dissolves. With fewer than 5 nodes left in two or more swarms the daemon dissolves all of them
///   and then fails, and with it the block; here the nodes end up in one swarm.
public enum OxenPolicy {
    /// A smaller swarm is starving.
    public static let minimum = 5
    /// How far above ``minimum`` a swarm is meant to be.
    public static let margin = 2
    /// The size of a new swarm.
    public static let target = minimum + margin

    /// How swarms of equal size are ordered before one is picked by its place.
    public enum TieOrder: Sendable {
        /// By ascending id.
        case byID
        /// As the sort of GNU's C++ library leaves them when they come in by ascending id: bit-equal to a daemon built
        /// with it, with any number of swarms.
        case libstdcxx
    }

    /// Applies one block's changes. A pure function: the same arguments give the same outcome.
    ///
    /// - Parameters:
    ///   - assignment: after this block's removals; its lists may be in any order.
    ///   - joiners: nodes without a swarm, each once and in no list of `assignment`; in any order.
    ///   - blockHash: of this very block.
    ///   - ties: the order among swarms of equal size.
    public static func update<Node>(
        _ assignment: SwarmAssignment<Node>, joiners: some Sequence<Node>, blockHash: some Sequence<UInt8>,
        ties: TieOrder = .byID
    ) -> SwarmOutcome<Node> {
        var round = OxenRound(assignment, chance: MersenneTwister(blockHash: blockHash), ties: ties)
        round.run(joiners: joiners.sorted())
        return SwarmOutcome(round.table.assignment, draws: round.draws)
    }

    /// How many nodes swarms of these sizes have above ``minimum``, all together.
    static func surplus(_ sizes: some Sequence<Int>) -> Int { sizes.reduce(0) { $0 + max(0, $1 - minimum) } }

    /// The surplus at which this many swarms become one more.
    static func creationThreshold(swarms: Int) -> Int { target + margin * swarms }
}
