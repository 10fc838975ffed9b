import SessionProtocol
import Swarms
import Testing

@Suite struct WhitepaperPolicyTests {
    @Test("Every vector's assignment is reached, lists in order, with its number of choices")
    func vectors() throws {
        let vectors = try VectorFile.list("whitepaper_swarms", "swarm")
        #expect(vectors.count == 103)
        for vector in vectors {
            let hash = try #require(Hex.decode(vector.text("block_hash")))
            let outcome = WhitepaperPolicy.update(
                try vector.assignment("before"), joiners: try vector.nodes("joiners"), blockHash: hash)
            let name = try vector.text("name")
            #expect(outcome.assignment == (try vector.assignment("after")), "\(name)")
            #expect(vector["draws"]?.asInteger == Int64(outcome.draws), "\(name)")
        }
    }

    @Test("After every block each node is in one swarm of a legal size", arguments: RandomHistory.Shape.allCases)
    func invariants(shape: RandomHistory.Shape) {
        for seed in UInt64(0)..<4 {
            var history = RandomHistory(shape, seed: seed)
            for _ in 0..<120 {
                let block = history.next()
                let after = block.outcome.assignment
                let members = after.swarms.values.flatMap { $0 }
                let expected = block.before.swarms.values.flatMap { $0 } + block.joiners
                #expect(members.sorted() == expected.sorted())
                if after.swarms.count > 1 {
                    #expect(after.swarms.values.allSatisfy { (5...10).contains($0.count) })
                } else {
                    #expect(after.swarms.values.allSatisfy { (1...11).contains($0.count) })
                }
                expectNoNeedlessMove(in: block)
            }
        }
    }

    /// While no swarm starves, nodes move only into a new swarm.
    private func expectNoNeedlessMove(in block: RandomHistory.Block) {
        guard block.before.swarms.values.allSatisfy({ $0.count >= WhitepaperPolicy.minimum }) else { return }
        let after = block.outcome.assignment.swarmByNode
        for (node, origin) in block.before.swarmByNode where after[node] != origin {
            #expect(after[node].map { block.before.swarms[$0] == nil } ?? false)
        }
    }

    @Test("The order in which nodes are handed over does not matter")
    func orderOfInput() {
        var history = RandomHistory(.churn, seed: 99)
        for _ in 0..<60 {
            let block = history.next()
            let reversed = SwarmAssignment(block.before.swarms.mapValues { Array($0.reversed()) })
            let again = WhitepaperPolicy.update(reversed, joiners: block.joiners.reversed(), blockHash: block.hash)
            #expect(again == block.outcome)
        }
    }

    @Test("Nothing moves and nothing is drawn when nobody came and no swarm starves")
    func idle() {
        var history = RandomHistory(.bulk, seed: 3)
        for _ in 0..<40 {
            let settled = history.next().outcome.assignment
            let again = WhitepaperPolicy.update(settled, joiners: [], blockHash: Bytes(repeating: 9, count: 32))
            #expect(again.draws == 0)
            #expect(again.assignment.swarmByNode == settled.swarmByNode)
        }
    }

    @Test("The block's hash decides who goes where")
    func hashMatters() {
        let nodes = (0..<60).map { "node \($0 + 100)" }
        let outcomes = (0..<8).map { salt in
            WhitepaperPolicy.update(
                SwarmAssignment(), joiners: nodes, blockHash: Bytes(repeating: UInt8(salt), count: 32)
            ).assignment.swarmByNode
        }
        #expect(Set(outcomes).count == 8)
    }

    @Test("Twelve nodes that join an empty network make a swarm of seven and one of five")
    func twelve() {
        let outcome = WhitepaperPolicy.update(
            SwarmAssignment(), joiners: 0..<12, blockHash: Bytes(repeating: 1, count: 32))
        #expect(outcome.assignment.swarms.values.map(\.count).sorted() == [5, 7])
    }
}
