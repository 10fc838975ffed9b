import SessionProtocol

/// What a node still has to push, to compare and to hand over. Pure: no clock, no network.
///
/// Everything that is started carries a revision: work that ends while more of the same was asked for is not done.
struct PendingTransfers: Sendable {
    /// What runs on its own; at most one of each.
    enum Job: Hashable, Sendable {
        /// Hands records that map elsewhere to the swarms that answer for them.
        case sort
        /// Compares with peers what each holds.
        case compare
        /// Pushes a peer what it lacks of this node's records.
        case push(X25519PublicKey)
        /// Exchanges with a peer what clients changed.
        case amend(X25519PublicKey)
    }

    /// A peer lacks records.
    struct Debt: Sendable, Equatable {
        /// All that came after this row may be lacking.
        var row: Int64
        var revision: Int
        /// Nothing failed yet, so there is nothing to wait for.
        var isUrgent: Bool
    }

    /// A peer may lack changes that clients made, or know some that this node lacks.
    struct Amendment: Sendable, Equatable {
        /// Those made from then on, in milliseconds since 1970.
        var since: Int64
        var revision: Int
        /// Nothing failed yet, so there is nothing to wait for.
        var isUrgent: Bool
        /// Whether the peer may know some that this node lacks.
        var asks: Bool
    }

    private(set) var debts: [X25519PublicKey: Debt] = [:]
    private(set) var amendments: [X25519PublicKey: Amendment] = [:]
    /// Peers to compare with, and the revisions.
    private(set) var comparisons: [X25519PublicKey: Int] = [:]
    /// The revision of the search for records that map elsewhere; `nil` when there are none.
    private(set) var sorting: Int?
    private var running: Set<Job> = []
    private var revision = 0

    var count: Int { debts.count + amendments.count + comparisons.count + (sorting == nil ? 0 : 1) }

    private mutating func nextRevision() -> Int {
        revision += 1
        return revision
    }

    /// Notes that a peer lacks the rows after one.
    mutating func owe(_ peer: X25519PublicKey, after row: Int64, isUrgent: Bool) {
        let known = debts[peer]
        debts[peer] = Debt(
            row: min(row, known?.row ?? .max), revision: nextRevision(), isUrgent: isUrgent || known?.isUrgent == true)
    }

    /// A peer has got what followed a debt's row, up to another one.
    /// - Parameter isAll: whether there was nothing after that row.
    mutating func paid(_ debt: Debt, to peer: X25519PublicKey, upTo row: Int64, isAll: Bool) {
        // A row before that may have been added meanwhile: what was paid then counts for nothing.
        guard let current = debts[peer], current.row == debt.row else { return }
        if isAll, current.revision == debt.revision {
            debts[peer] = nil
        } else {
            debts[peer]?.row = row
        }
    }

    /// Notes that a peer and this node may not know of the same changes.
    /// - Parameter asks: whether the peer may know some that this node lacks.
    mutating func amend(_ peer: X25519PublicKey, since: Int64, isUrgent: Bool, asks: Bool = true) {
        let known = amendments[peer]
        amendments[peer] = Amendment(
            since: min(since, known?.since ?? .max), revision: nextRevision(),
            isUrgent: isUrgent || known?.isUrgent == true, asks: asks || known?.asks == true)
    }

    /// An exchange of changes with a peer ended. It is done unless more was changed meanwhile.
    mutating func amended(_ amendment: Amendment, with peer: X25519PublicKey) {
        if amendments[peer]?.revision == amendment.revision { amendments[peer] = nil }
    }

    mutating func forgetAmendment(of peer: X25519PublicKey) { amendments[peer] = nil }

    mutating func compare(with peers: some Sequence<X25519PublicKey>) {
        let revision = nextRevision()
        for peer in peers { comparisons[peer] = revision }
    }

    mutating func compared(with peer: X25519PublicKey, revision: Int) {
        if comparisons[peer] == revision { comparisons[peer] = nil }
    }

    mutating func sort() { sorting = nextRevision() }

    mutating func sorted(_ revision: Int) { if sorting == revision { sorting = nil } }

    /// Forgets what concerns anyone but these peers.
    mutating func keepOnly(_ peers: Set<X25519PublicKey>) {
        debts = debts.filter { peers.contains($0.key) }
        amendments = amendments.filter { peers.contains($0.key) }
        comparisons = comparisons.filter { peers.contains($0.key) }
    }

    /// Forgets what concerns one who is no peer any more.
    mutating func forget(_ peer: X25519PublicKey) {
        debts[peer] = nil
        amendments[peer] = nil
        comparisons[peer] = nil
    }

    /// What has to be begun now, in a fixed order. It counts as running from then on.
    mutating func start() -> [Job] {
        var jobs: [Job] = sorting == nil ? [] : [.sort]
        if !comparisons.isEmpty { jobs.append(.compare) }
        jobs += Self.inOrder(debts.keys).map { .push($0) }
        jobs += Self.inOrder(amendments.keys).map { .amend($0) }
        return jobs.filter { running.insert($0).inserted }
    }

    private static func inOrder(_ peers: some Sequence<X25519PublicKey>) -> [X25519PublicKey] {
        peers.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    /// - Returns: whether there is more of the same to do by now.
    mutating func ended(_ job: Job) -> Bool {
        running.remove(job)
        return switch job {
        case .sort: sorting != nil
        case .compare: !comparisons.isEmpty
        case .push(let peer): debts[peer] != nil
        case .amend(let peer): amendments[peer] != nil
        }
    }
}
