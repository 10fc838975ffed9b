import NodeRuntime

/// The shuffled queue of all nodes of the network that a node works through, and rebuilds when it is empty
/// (storage-node §9.1).
///
/// No queue is kept: thousands of nodes with thousands of entries each would be most of a simulation's memory. A round
/// has a random number instead, which gives each node a random rank, and the queue is the nodes in the order of their
/// ranks. So a node that is listed in the middle of a round takes its place in that round already.
struct TestOrder: Sendable {
    private var round: UInt64?
    /// The rank of the node that came last; `nil` at the start of a round.
    private var last: UInt64?

    /// Takes the next node; those before it that may not be tested lose their turn.
    /// - Returns: `nil` when there is no node that may be tested.
    mutating func next(
        among testable: TestableNodes, randomness: any Randomness, where mayBeTested: (NodeRecord) -> Bool
    ) -> NodeRecord? {
        if let round, let node = following(in: round, testable, mayBeTested) { return node }
        let round = randomness.next()
        self.round = round
        last = nil
        return following(in: round, testable, mayBeTested)
    }

    private mutating func following(
        in round: UInt64, _ testable: TestableNodes, _ mayBeTested: (NodeRecord) -> Bool
    ) -> NodeRecord? {
        var best: (rank: UInt64, node: NodeRecord)?
        for (index, word) in testable.words.enumerated() {
            let rank = SplitMix64.mixed(word ^ round)
            if let last, rank <= last { continue }
            if let best, rank >= best.rank { continue }
            let node = testable.nodes[index]
            if mayBeTested(node) { best = (rank, node) }
        }
        if let best { last = best.rank }
        return best?.node
    }
}
