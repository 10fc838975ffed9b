import SessionProtocol

/// Something the ledger did.
public enum LedgerFact: Sendable, Equatable {
    /// A block was made.
    case block(BlockFacts)
    /// A node's standing changed.
    case moved(LegacyPublicKey, StandingChange)
    /// Coins came into being, in atomic units; with one node's name when it alone earned them.
    case rewarded(LegacyPublicKey?, atomic: UInt64)
    /// Coins were burnt, in atomic units.
    case burnt(atomic: UInt64)
    /// All active nodes were put into swarms.
    case assigned(AssignmentFacts)
}

/// What moves a node in the queue for rewards, into it or out of it (ledger §1.2, §4.1).
public enum StandingChange: Sendable, Equatable {
    case registered
    case contributed
    case activated
    case decommissioned
    case recommissioned
    case deregistered
    case expired
    /// For moving between addresses.
    case penalised
}

/// What a block's event says.
public struct BlockFacts: Sendable, Equatable {
    /// Active nodes after it.
    public var active: Int
    public var coins: CoinFacts
}

/// Where all coins are after a block, in atomic units.
public struct CoinFacts: Sendable, Equatable {
    public var initial: UInt64
    public var minted: UInt64
    public var free: UInt64
    public var staked: UInt64
    public var locked: UInt64
    public var burnt: UInt64
}

/// The shape of an assignment. Runs of thousands of nodes make many of them, so members' keys are not kept.
public struct AssignmentFacts: Sendable, Equatable {
    /// Members by swarm.
    public var sizes: [SwarmID: Int]
    /// Nodes that stand in more than one place.
    public var repeated: [LegacyPublicKey]

    init(_ swarms: [SwarmID: [LegacyPublicKey]]) {
        sizes = swarms.mapValues(\.count)
        var seen: Set<LegacyPublicKey> = []
        var repeated: Set<LegacyPublicKey> = []
        for member in swarms.values.joined() where !seen.insert(member).inserted { repeated.insert(member) }
        self.repeated = repeated.sorted()
    }
}
