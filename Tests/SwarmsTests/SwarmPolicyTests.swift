import SessionProtocol
import Swarms
import Testing

/// What holds under any policy.
@Suite struct SwarmPolicyTests {
    static let cases = SwarmPolicy.allCases.flatMap { policy in RandomHistory.Shape.allCases.map { (policy, $0) } }

    @Test("After every block each node is in exactly one swarm, and no swarm is empty", arguments: cases)
    func everyNodeOnce(policy: SwarmPolicy, shape: RandomHistory.Shape) {
        var history = RandomHistory(shape, policy: policy, seed: 51)
        for _ in 0..<120 {
            let block = history.next()
            let expected = block.before.swarms.values.flatMap { $0 } + block.joiners
            #expect(block.after.swarms.values.flatMap { $0 }.sorted() == expected.sorted())
            #expect(block.after.swarms.values.allSatisfy { !$0.isEmpty })
            #expect(block.after.swarms[.unassigned] == nil)
        }
    }

    @Test("The order in which nodes are handed over does not matter", arguments: SwarmPolicy.allCases)
    func orderOfInput(policy: SwarmPolicy) {
        var history = RandomHistory(.churn, policy: policy, seed: 99)
        for _ in 0..<60 {
            let block = history.next()
            let reversed = SwarmAssignment(block.before.swarms.mapValues { Array($0.reversed()) })
            let again = policy.outcome(reversed, joiners: block.joiners.reversed(), blockHash: block.hash)
            #expect(again.assignment == block.after)
            #expect(again.draws == block.draws)
        }
    }

    @Test("Nothing moves and nothing is drawn when nobody came and no swarm starves", arguments: SwarmPolicy.allCases)
    func idle(policy: SwarmPolicy) {
        var history = RandomHistory(.bulk, policy: policy, seed: 3)
        for _ in 0..<40 {
            let settled = history.next().after
            let again = policy.outcome(settled, joiners: [], blockHash: Bytes(repeating: 9, count: 32))
            #expect(again.draws == 0)
            #expect(again.assignment.swarmByNode == settled.swarmByNode)
        }
    }

    @Test("The block's hash decides who goes where", arguments: SwarmPolicy.allCases)
    func hashMatters(policy: SwarmPolicy) {
        let nodes = (0..<60).map { "node \($0 + 100)" }
        let outcomes = (0..<8).map { salt in
            policy.update(SwarmAssignment(), joiners: nodes, blockHash: Bytes(repeating: UInt8(salt), count: 32))
                .swarmByNode
        }
        #expect(Set(outcomes).count == 8)
    }

    @Test(
        "Without nodes there is no swarm, and swarms that lost all their nodes are gone",
        arguments: SwarmPolicy.allCases)
    func emptied(policy: SwarmPolicy) {
        let hash = Bytes(repeating: 4, count: 32)
        #expect(policy.update(SwarmAssignment<Int>(), joiners: [], blockHash: hash).swarms.isEmpty)
        let left = SwarmAssignment([SwarmID(3): [], SwarmID(9): [1, 2, 3, 4, 5]])
        #expect(policy.update(left, joiners: [], blockHash: hash).swarms == [SwarmID(9): [1, 2, 3, 4, 5]])
        #expect(policy.update(SwarmAssignment([SwarmID(3): []]), joiners: [7], blockHash: hash).ids == [SwarmID(0)])
    }

    @Test("Thirteen nodes are two swarms by the paper's rules and one by the daemon's")
    func policiesDiffer() {
        let counts = SwarmPolicy.allCases.map { policy in
            policy.update(SwarmAssignment(), joiners: 0..<13, blockHash: Bytes(repeating: 1, count: 32)).swarms.count
        }
        #expect(counts == [2, 1])
    }
}
