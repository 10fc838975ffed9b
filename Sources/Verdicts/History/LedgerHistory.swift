import NodeRuntime
import SessionProtocol

/// What the ledger did, as far as the log tells: stretches of blocks without a gap between them.
///
/// Blocks that were made at once are not logged one by one, and blocks that were replaced are logged again at the same
/// heights. Either ends a stretch.
public struct LedgerHistory: Sendable {
    /// A fact and the height of the block that made it so.
    public struct Entry: Sendable, Equatable {
        public var height: UInt64
        public var fact: LedgerFact
    }

    /// Entries whose heights never fall and never skip a block.
    public struct Stretch: Sendable, Equatable {
        public internal(set) var entries: [Entry] = []
        /// Whether the chain began with it, so that nothing happened before.
        public var isFromTheStart: Bool { entries.first.map { $0.height <= 1 } ?? false }
    }

    /// In the order of the log; every one but the last has entries.
    public private(set) var stretches: [Stretch] = [Stretch()]

    /// Whether any block was logged.
    public var hasBlocks: Bool { entries.contains { if case .block = $0.fact { true } else { false } } }
    /// All of all stretches.
    public var entries: some Sequence<Entry> { stretches.lazy.flatMap(\.entries) }

    /// Takes in an event if it is about blocks, coins or a node's standing.
    mutating func take(_ kind: EventKind, _ fields: EventFields) throws(FieldError) {
        switch kind {
        case .chainReorganised, .ledgerAdvanced: endStretch()
        case .block:
            add(
                .block(
                    BlockFacts(active: Int(clamping: try fields.unsigned("active")), coins: try CoinFacts(fields))),
                at: try fields.unsigned("height"))
        case .rewardPaid:
            let node = fields.values["node"] == nil ? nil : try fields.legacyKey("node")
            add(.rewarded(node, atomic: try fields.sum("payments")), at: try fields.unsigned("height"))
        case .nameRegistered:
            add(.burnt(atomic: try fields.unsigned("burnt")), at: try fields.unsigned("height"))
        default:
            guard let change = StandingChange(kind) else { return }
            add(.moved(try fields.legacyKey("node"), change), at: try fields.unsigned("height"))
        }
    }

    /// Takes in an assignment, which someone else has read.
    mutating func take(_ swarms: [SwarmID: [LegacyPublicKey]], at height: UInt64) {
        add(.assigned(AssignmentFacts(swarms)), at: height)
    }

    private mutating func add(_ fact: LedgerFact, at height: UInt64) {
        if let last = stretches[stretches.count - 1].entries.last?.height,
            height < last || height - last > 1
        {
            endStretch()
        }
        stretches[stretches.count - 1].entries.append(Entry(height: height, fact: fact))
    }

    private mutating func endStretch() {
        if !stretches[stretches.count - 1].entries.isEmpty { stretches.append(Stretch()) }
    }
}

extension StandingChange {
    /// `nil` for events that leave the queue as it is.
    fileprivate init?(_ kind: EventKind) {
        switch kind {
        case .nodeRegistered: self = .registered
        case .stakeContributed: self = .contributed
        case .nodeActivated: self = .activated
        case .nodeDecommissioned: self = .decommissioned
        case .nodeRecommissioned: self = .recommissioned
        case .nodeDeregistered: self = .deregistered
        case .nodeExpired: self = .expired
        case .addressPenalised: self = .penalised
        default: return nil
        }
    }
}

extension CoinFacts {
    fileprivate init(_ fields: EventFields) throws(FieldError) {
        self.init(
            initial: try fields.unsigned("initial"), minted: try fields.unsigned("minted"),
            free: try fields.unsigned("free"), staked: try fields.unsigned("staked"),
            locked: try fields.unsigned("locked"), burnt: try fields.unsigned("burnt"))
    }
}
