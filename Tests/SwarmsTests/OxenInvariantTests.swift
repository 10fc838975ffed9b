import SessionProtocol
import Swarms
import Testing

/// The rules of ledger §5.7, over random histories.
@Suite struct OxenInvariantTests {
    @Test(
        "After every block swarms are of 5 or more, and their number fits that of the nodes",
        arguments: RandomHistory.Shape.allCases)
    func sizes(shape: RandomHistory.Shape) {
        for seed in UInt64(0)..<4 {
            var history = RandomHistory(shape, policy: .oxen, seed: seed)
            for _ in 0..<120 {
                let swarms = history.next().after.swarms
                let nodes = swarms.values.reduce(0) { $0 + $1.count }
                #expect(nodes < 7 * (swarms.count + 1))
                guard swarms.count > 1 else { continue }
                #expect(swarms.values.allSatisfy { $0.count >= 5 })
                #expect(swarms.count <= nodes / 5)
            }
        }
    }

    @Test("Losses that leave every swarm with 5 move nobody", arguments: RandomHistory.Shape.allCases)
    func harmlessLosses(shape: RandomHistory.Shape) {
        var history = RandomHistory(shape, policy: .oxen, seed: 17)
        var checked = 0
        for _ in 0..<120 {
            let settled = history.next().after
            let reduced = SwarmAssignment(settled.swarms.mapValues { Array($0.sorted().prefix(5)) })
            guard reduced.swarms.values.allSatisfy({ $0.count == 5 }), !reduced.swarms.isEmpty else { continue }
            checked += 1
            let outcome = SwarmPolicy.oxen.outcome(reduced, joiners: [], blockHash: Bytes(repeating: 1, count: 8))
            #expect(outcome.assignment == reduced)
            #expect(outcome.draws == 0)
        }
        #expect(checked > 50)
    }

    @Test(
        "A loss that leaves one swarm with 4 moves one node from one swarm, if one has more than 5",
        arguments: RandomHistory.Shape.allCases)
    func oneStarving(shape: RandomHistory.Shape) {
        var history = RandomHistory(shape, policy: .oxen, seed: 23)
        var checked = 0
        for _ in 0..<120 {
            let block = history.next()
            var before = block.after
            guard let starving = before.ids.last, before.swarms.count > 1 else { continue }
            before.swarms[starving] = before.swarms[starving].map { Array($0.prefix(4)) }
            guard before.swarms.values.contains(where: { $0.count > 5 }) else { continue }
            checked += 1
            let outcome = SwarmPolicy.oxen.outcome(before, joiners: [], blockHash: block.hash)
            let (old, new) = (before.swarmByNode, outcome.assignment.swarmByNode)
            let moved = old.keys.filter { old[$0] != new[$0] }
            #expect(moved.count == 1)
            #expect(moved.allSatisfy { new[$0] == starving })
            #expect(outcome.draws == 1)
        }
        #expect(checked > 15)
    }

    @Test("With joins only, the number of swarms and the whole surplus follow from the number of nodes")
    func joinsOnly() {
        for seed in UInt64(0)..<4 {
            for shape in [RandomHistory.Shape.oneByOne, .bulk] {
                var history = RandomHistory(shape, policy: .oxen, seed: seed, limit: 300)
                for _ in 0..<60 {
                    let swarms = history.next().after.swarms
                    let nodes = swarms.values.reduce(0) { $0 + $1.count }
                    guard nodes >= 7 else { continue }
                    #expect(swarms.count == 1 + (nodes - 7) / 7)
                    let surplus = swarms.values.reduce(0) { $0 + max(0, $1.count - 5) }
                    #expect(surplus == 2 * swarms.count + nodes % 7)
                }
            }
        }
    }
}
