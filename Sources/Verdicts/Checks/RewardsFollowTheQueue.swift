import SessionProtocol

/// Where one node at a time is rewarded, it is the active node that waited longest (ledger §4.1).
///
/// The order is followed from the events that set it. After blocks that were not logged it is learnt anew: who is not
/// known to wait waits longer than anyone who is, and the number of active nodes tells when nobody else is left.
public struct RewardsFollowTheQueue: Check {
    public let name = "rewardsFollowTheQueue"

    public init() {}

    public func examine(_ history: History) -> Finding {
        guard history.ledger.hasBlocks else { return Finding(inconclusive: noBlocks) }
        var finding = Finding()
        for stretch in history.ledger.stretches {
            var queue = RewardQueue(isComplete: stretch.isFromTheStart)
            var rest = stretch.entries[...]
            while let height = rest.first?.height {
                let block = rest.prefix { $0.height == height }
                rest = rest.dropFirst(block.count)
                // Who is rewarded was settled before anything else of the block.
                for case .rewarded(let node?, _) in block.map(\.fact) {
                    if let flaw = queue.flaw(inPaying: node, history) {
                        let name = history.name(of: node)
                        finding.violations.append(Violation("block \(height) paid \(name), but \(flaw)", node: name))
                    }
                    queue.moveToTheEnd(node, at: height)
                }
                for case .moved(let node, let change) in block.map(\.fact) {
                    queue.apply(change, to: node, at: height)
                }
                for case .block(let facts) in block.map(\.fact) { queue.count(facts.active) }
            }
        }
        return finding
    }
}

/// Who waits for a reward since when, as far as it is known.
struct RewardQueue {
    /// A place: the lower, the sooner; keys decide among equals.
    private struct Place: Comparable {
        var height: UInt64
        /// Of the event among its block's; `max` behind all transactions.
        var order: Int

        static func < (left: Self, right: Self) -> Bool { (left.height, left.order) < (right.height, right.order) }
    }

    /// Of nodes that were active or still lack stake, where it is known.
    private var places: [LegacyPublicKey: Place] = [:]
    /// Active nodes whose place is known.
    private var active: Set<LegacyPublicKey> = []
    /// Active nodes whose place is not; `nil` when not even their number is known.
    private var unknown: Int?
    private var events = 0

    /// - Parameter isComplete: whether everything that ever happened will be applied.
    init(isComplete: Bool) { unknown = isComplete ? 0 : nil }

    /// Why it is not this node's turn; `nil` when it is, or may be.
    func flaw(inPaying node: LegacyPublicKey, _ history: History) -> String? {
        guard active.contains(node) else { return unknown == 0 ? "it was not active" : nil }
        if let unknown, unknown > 0 {
            return "\(unknown) active nodes had not been paid since the log's last gap"
        }
        guard let head, head != node else { return nil }
        return "\(history.name(of: head)) had waited longer"
    }

    private var head: LegacyPublicKey? {
        active.min { left, right in
            guard let first = places[left], let second = places[right], first != second else { return left < right }
            return first < second
        }
    }

    /// As a reward does, and a penalty.
    mutating func moveToTheEnd(_ node: LegacyPublicKey, at height: UInt64) {
        if !active.contains(node) {
            guard unknown != 0 else { return }
            unknown = unknown.map { $0 - 1 }
            active.insert(node)
        }
        places[node] = Place(height: height, order: .max)
    }

    /// After a block, once all it did was applied.
    /// - Parameter active: how many nodes are.
    mutating func count(_ active: Int) { unknown = max(0, active - self.active.count) }

    mutating func apply(_ change: StandingChange, to node: LegacyPublicKey, at height: UInt64) {
        events += 1
        switch change {
        case .registered, .contributed: places[node] = Place(height: height, order: events)
        case .activated:
            if places[node] == nil { places[node] = Place(height: height, order: events) }
            active.insert(node)
        case .recommissioned:
            active.insert(node)
            places[node] = Place(height: height, order: .max)
        case .penalised: moveToTheEnd(node, at: height)
        case .decommissioned, .deregistered, .expired:
            active.remove(node)
            places[node] = nil
        }
    }
}
