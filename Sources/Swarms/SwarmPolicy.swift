import SessionProtocol

/// The sets of rules by which a block's changes move nodes between swarms.
public enum SwarmPolicy: String, Sendable, CaseIterable {
    /// The Session paper's, made exact: ``WhitepaperPolicy``.
    case whitepaper
    /// The deployed daemon's: ``OxenPolicy``.
    case oxen

    /// Applies one block's changes. A pure function: the same arguments give the same assignment.
    ///
    /// - Parameters:
    ///   - assignment: after this block's removals; its lists may be in any order.
    ///   - joiners: nodes without a swarm, each once and in no list of `assignment`; in any order.
    ///   - blockHash: of this very block; its first 8 bytes seed all chance (ledger §5.2).
    public func update<Node>(
        _ assignment: SwarmAssignment<Node>, joiners: some Sequence<Node>, blockHash: some Sequence<UInt8>
    ) -> SwarmAssignment<Node> {
        outcome(assignment, joiners: joiners, blockHash: blockHash).assignment
    }

    /// The same as ``update(_:joiners:blockHash:)``, with the number of random choices it took.
    public func outcome<Node>(
        _ assignment: SwarmAssignment<Node>, joiners: some Sequence<Node>, blockHash: some Sequence<UInt8>
    ) -> SwarmOutcome<Node> {
        switch self {
        case .whitepaper: WhitepaperPolicy.update(assignment, joiners: joiners, blockHash: blockHash)
        case .oxen: OxenPolicy.update(assignment, joiners: joiners, blockHash: blockHash)
        }
    }
}
