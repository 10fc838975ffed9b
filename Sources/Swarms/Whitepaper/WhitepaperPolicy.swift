import SessionProtocol

/// The swarm rules of the Session paper, made exact: swarms of 5 to 10 nodes, new ones of 7.
///
/// A block's changes are applied in order:
/// 1. An empty swarm vanishes.
/// 2. Each joiner, ascending, goes to a random one of the smallest starving swarms (below ``minimum``), else to a
///    random swarm with room (below ``maximum``). With room nowhere, a new swarm of ``target`` random surplus nodes is
///    formed, the joiner among the candidates; a joiner that was not drawn then joins by the same rules. A lone full
///    swarm without enough surplus takes the joiner in, so that it alone may hold ``maximum`` + 1.
/// 3. While there is more than one swarm and one starves, the one with the lowest id takes a random node from a random
///    one of the largest swarms, or, when nobody has more than ``minimum``, dissolves: its nodes go to the smallest
///    remaining swarms.
///
/// All chance comes from one generator seeded by the block's hash (ledger §5.2), so nodes have no say in it.
public enum WhitepaperPolicy {
    /// Nmin: a smaller swarm is starving.
    public static let minimum = 5
    /// Ntarget: the size of a new swarm.
    public static let target = 7
    /// Nmax: a swarm of this size has no room.
    public static let maximum = 10

    /// Applies one block's changes. A pure function: the same arguments give the same outcome.
    ///
    /// - Parameters:
    ///   - assignment: after this block's removals; its lists may be in any order.
    ///   - joiners: nodes without a swarm, each once and in no list of `assignment`; in any order.
    ///   - blockHash: of this very block.
    public static func update<Node>(
        _ assignment: SwarmAssignment<Node>, joiners: some Sequence<Node>, blockHash: some Sequence<UInt8>
    ) -> SwarmOutcome<Node> {
        var round = SwarmRound(assignment, chance: MersenneTwister(blockHash: blockHash))
        for joiner in joiners.sorted() { round.join(joiner) }
        round.shrink()
        return SwarmOutcome(round.table.assignment, draws: round.draws)
    }
}
