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

    @Test(
        "After every block each swarm has a legal size, and no node moved without need",
        arguments: RandomHistory.Shape.allCases)
    func invariants(shape: RandomHistory.Shape) {
        for seed in UInt64(0)..<4 {
            var history = RandomHistory(shape, policy: .whitepaper, seed: seed)
            for _ in 0..<120 {
                let block = history.next()
                let after = block.after
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
        let after = block.after.swarmByNode
        for (node, origin) in block.before.swarmByNode where after[node] != origin {
            #expect(after[node].map { block.before.swarms[$0] == nil } ?? false)
        }
    }

    @Test("Twelve nodes that join an empty network make a swarm of seven and one of five")
    func twelve() {
        let outcome = WhitepaperPolicy.update(
            SwarmAssignment(), joiners: 0..<12, blockHash: Bytes(repeating: 1, count: 32))
        #expect(outcome.assignment.swarms.values.map(\.count).sorted() == [5, 7])
    }
}
