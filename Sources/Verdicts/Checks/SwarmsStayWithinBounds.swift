import SessionProtocol
import Swarms

/// After every assignment each active node is in exactly one swarm, and swarms have the sizes their policy allows
/// (ledger §5.7).
public struct SwarmsStayWithinBounds: Check {
    public let name = "swarmsStayWithinBounds"

    public init() {}

    public func examine(_ history: History) -> Finding {
        guard let policy = (history.run.map(\.swarmPolicy) ?? .whitepaper) else {
            return Finding(inconclusive: "the run names a swarm policy whose bounds are not known")
        }
        var finding = Finding()
        var assignments = 0
        for stretch in history.ledger.stretches {
            let active = stretch.activeByHeight
            for entry in stretch.entries {
                guard case .assigned(let assignment) = entry.fact else { continue }
                assignments += 1
                let flaws = assignment.flaws(under: policy, active: active[entry.height], history)
                finding.violations += flaws.map { Violation("after block \(entry.height), \($0)") }
            }
        }
        if assignments == 0 { finding.doubt(noSwarms) }
        return finding
    }
}

extension LedgerHistory.Stretch {
    /// Active nodes after each block.
    fileprivate var activeByHeight: [UInt64: Int] {
        var active: [UInt64: Int] = [:]
        for entry in entries {
            if case .block(let block) = entry.fact { active[entry.height] = block.active }
        }
        return active
    }
}

/// These bounds are the verdict's own: read from the code that makes swarms, they would be wrong together with it.
private enum Bounds {
    static let smallest = 5
    static let largest = 10
    /// A lone full swarm takes in one more, as too few are above the minimum to found another.
    static let largestAlone = 11
    /// The deployed daemon founds a swarm as soon as every swarm could have this many.
    static let aim = 7
}

extension AssignmentFacts {
    /// What is wrong with it, as sentences that go on from the block.
    fileprivate func flaws(under policy: SwarmPolicy, active: Int?, _ history: History) -> [String] {
        var flaws = repeated.map { "\(history.name(of: $0)) is in a swarm more than once" }
        let unassigned = sizes[.unassigned] ?? 0
        if unassigned > 0 { flaws.append("\(unassigned) nodes are in no swarm") }
        let real = sizes.filter { $0.key != .unassigned }.sorted { $0.key < $1.key }
        let members = real.reduce(0) { $0 + $1.value } + unassigned
        if let active, active != members {
            flaws.append("\(members) nodes are assigned, but \(active) are active")
        }
        for (swarm, size) in real {
            let allowed = Self.sizes(under: policy, swarms: real.count, members: members)
            if !allowed.contains(size) {
                flaws.append(
                    "swarm \(swarm) of \(real.count) has \(size) members; \(policy.rawValue) allows "
                        + "\(allowed.lowerBound) to \(allowed.upperBound)")
            }
        }
        if policy == .oxen, !real.isEmpty, members >= Bounds.aim * (real.count + 1) {
            flaws.append("\(members) nodes are in only \(real.count) swarms; oxen founds another at that number")
        }
        return flaws
    }

    private static func sizes(under policy: SwarmPolicy, swarms: Int, members: Int) -> ClosedRange<Int> {
        switch policy {
        case .whitepaper: swarms == 1 ? 1...Bounds.largestAlone : Bounds.smallest...Bounds.largest
        case .oxen: (swarms == 1 ? 1 : Bounds.smallest)...max(members, Bounds.smallest)
        }
    }
}
