import SessionProtocol
import Swarms

/// The next block while it is put together, in the order of ledger §3.8.
struct BlockInMaking: Sendable {
    private(set) var state: LedgerState
    let height: UInt64
    let rules: LedgerRules
    /// In the order in which they were applied.
    private(set) var transactions: [LedgerTransaction] = []
    private(set) var events: [LedgerEvent]
    /// Before this block.
    private let figures: LedgerState.Figures
    /// Whom this block rewards, as it was before the block; `nil` when nobody was active.
    private let leader: ServiceNodeEntry?
    private var changesActiveSet: Bool

    /// Begins: what was locked long enough becomes free, who asked to leave leaves, the leader goes to the end of the
    /// queue.
    ///
    /// - Parameter state: after the block before; it is taken along and left empty, so that a block which changes little
    ///   copies nothing.
    init(taking state: inout LedgerState, height: UInt64, rules: LedgerRules) {
        self.state = LedgerState()
        swap(&self.state, &state)
        self.height = height
        self.rules = rules
        figures = self.state.figures
        leader = self.state.nodes.leader
        events = self.state.releaseBlacklisted(at: height)
        let expiry = self.state.expireNodes(at: height)
        events += expiry.events
        changesActiveSet = expiry.changesActiveSet
        if let leader {
            self.state.nodes[leader.node]?.lastReward = QueuePosition(height: height, index: QueuePosition.afterAll)
        }
    }

    /// Adds a transaction behind all others; a refused one leaves no trace.
    /// - Parameter timestamp: of the block, or of the moment when that is not known yet; seconds since the Unix epoch.
    mutating func apply(_ transaction: LedgerTransaction, timestamp: Int64) throws(TransactionRefusal) {
        let id = transaction.id
        let context = TransactionContext(
            height: height, index: UInt32(transactions.count), timestamp: timestamp, rules: rules)
        let happened = try state.apply(transaction, id: id, context)
        state.included[id] = height
        transactions.append(transaction)
        events += happened
        changesActiveSet = changesActiveSet || happened.contains(where: \.changesActiveSet)
    }

    /// Ends: nodes get their swarms and the reward is minted.
    /// - Returns: the finished state and how to take the block back.
    mutating func finish(hash: BlockHash) -> (state: LedgerState, journal: BlockJournal) {
        if changesActiveSet {
            state.assignSwarms(by: rules.swarmPolicy, blockHash: hash)
            events.append(.swarmsAssigned)
        }
        let reward = state.reward(leader, height: height, rules: rules, after: events)
        if let event = reward.event { events.append(event) }
        var finished = LedgerState()
        swap(&finished, &state)
        var journal = finished.takeJournal(since: figures)
        journal.credits = reward.credits
        journal.payouts = reward.payouts
        return (finished, journal)
    }

    /// For a transaction that is not in this block although it waited for it.
    mutating func note(dropped refusal: TransactionRefusal) { events.append(.dropped(refusal)) }
}

/// Where in the chain a transaction is applied.
struct TransactionContext: Sendable {
    /// Of the block.
    let height: UInt64
    /// Of the transaction in the block.
    let index: UInt32
    /// Of the block, in seconds since the Unix epoch.
    let timestamp: Int64
    let rules: LedgerRules

    /// The transaction's place in the queue for rewards.
    var position: QueuePosition { QueuePosition(height: height, index: index) }
}

extension LedgerEvent {
    /// Whether swarms are worked out anew at the end of the block (ledger §3.8).
    fileprivate var changesActiveSet: Bool {
        switch self {
        case .activated, .decommissioned, .recommissioned, .deregistered, .addressPenalised: true
        default: false
        }
    }
}

extension ServiceNodeList {
    /// Who is rewarded next: the head of the queue among active nodes (ledger §4.1).
    var leader: ServiceNodeEntry? {
        values.lazy.filter(\.isActive).min { ($0.lastReward, $0.node) < ($1.lastReward, $1.node) }
    }
}

extension LedgerState {
    /// Works out the swarms of all active nodes anew; newcomers join in legacy-key order (ledger §5.3).
    mutating func assignSwarms(by policy: SwarmPolicy, blockHash: BlockHash) {
        var swarms: [SwarmID: [LegacyPublicKey]] = [:]
        for entry in nodes.entries where entry.isActive { swarms[entry.swarm, default: []].append(entry.node) }
        let waiting = swarms.removeValue(forKey: .unassigned) ?? []
        let outcome = policy.update(SwarmAssignment(swarms), joiners: waiting, blockHash: blockHash.bytes)
        for (swarm, members) in outcome.swarms {
            for node in members where nodes[node]?.swarm != swarm { nodes[node]?.swarm = swarm }
        }
    }
}
