import NodeRuntime
import SessionProtocol

/// Whom a node tests when (storage-node §9.1). Pure: time and chance come from outside.
struct TestPlan: Sendable {
    private let own: LegacyPublicKey
    private let times: PeerTestingTimes
    private var nextGeneral: Duration
    private var order = TestOrder()
    private(set) var failing = FailingPeers()
    /// Whether the node was active when the last general test was due.
    private var isActive = false
    private var retestsFrom = Duration.zero

    init(own: LegacyPublicKey, times: PeerTestingTimes, now: Duration, randomness: any Randomness) {
        self.own = own
        self.times = times
        nextGeneral = now + randomness.normal(mean: times.mean, deviation: times.deviation)
    }

    /// When ``takeDue(at:in:randomness:)`` should be called again, as an uptime.
    var nextDue: Duration {
        guard isActive, let retest = failing.nextDue else { return nextGeneral }
        return min(nextGeneral, max(retest, retestsFrom))
    }

    /// Takes the nodes whose test begins now: up to four retests, and the next of the queue. Nobody is tested while this
    /// node is not staked or decommissioned, nor for one interval after that: others may not know yet that it may ask.
    mutating func takeDue(
        at now: Duration, in membership: Membership?, randomness: any Randomness
    ) -> [NodeRecord] {
        let isGeneralDue = now >= nextGeneral
        if isGeneralDue { nextGeneral = now + randomness.normal(mean: times.mean, deviation: times.deviation) }
        guard let membership, membership.ownSwarm != nil else {
            isActive = false
            return []
        }
        guard isActive else {
            if isGeneralDue { isActive = true }
            return []
        }
        var due = now >= retestsFrom ? retests(at: now, in: membership, randomness: randomness) : []
        if isGeneralDue, let next = nextOfQueue(in: membership, randomness: randomness) { due.append(next) }
        return due
    }

    private mutating func nextOfQueue(in membership: Membership, randomness: any Randomness) -> NodeRecord? {
        let (own, failing) = (own, failing)
        return order.next(among: membership.view.testable, randomness: randomness) { node in
            node.address != .unknown && !failing.contains(node.legacy) && node.legacy != own
        }
    }

    private mutating func retests(
        at now: Duration, in membership: Membership, randomness: any Randomness
    ) -> [NodeRecord] {
        let due = failing.takeDue(at: now, limit: times.retestsAtOnce)
        if due.count == times.retestsAtOnce { retestsFrom = now + times.retestPause }
        var nodes: [NodeRecord] = []
        for peer in due {
            guard let node = membership.view.node(peer) else {
                failing.forget(peer)
                continue
            }
            if node.address == .unknown {
                failing.postpone(peer, until: now + retestDelay(of: peer, randomness: randomness))
            } else {
                nodes.append(node)
            }
        }
        return nodes
    }

    private func retestDelay(of peer: LegacyPublicKey, randomness: any Randomness) -> Duration {
        let chance = randomness.normal(mean: times.mean, deviation: times.deviation)
        return min(times.longestRetest, times.retestStep * failing.failures(of: peer) + chance)
    }

    /// A test of a node ended well.
    /// - Returns: whether it had failed before.
    mutating func passed(_ peer: LegacyPublicKey) -> Bool { failing.passed(peer) }

    /// A test of a node ended badly.
    /// - Returns: whether it had passed before.
    mutating func failed(_ peer: LegacyPublicKey, at now: Duration, randomness: any Randomness) -> Bool {
        failing.failed(peer, retestAt: now + retestDelay(of: peer, randomness: randomness))
    }

    /// Sets or lifts a failing peer's duty to show that it holds its messages.
    mutating func setLostMessages(_ hasLost: Bool, _ peer: LegacyPublicKey) { failing.setLostMessages(hasLost, peer) }
}
