import SessionProtocol
import Testing

@testable import Swarms

/// The expectations of the daemon's own swarm tests (ledger §8, items 8 to 20), rule by rule.
@Suite struct OxenRuleTests {
    private let hash = Bytes(repeating: 42, count: 8)

    /// Swarms 0, 1, 2 … of these sizes, with nodes numbered through.
    private func swarms(_ sizes: [Int]) -> SwarmAssignment<Int> {
        var next = 0
        var result: [SwarmID: [Int]] = [:]
        for (id, size) in sizes.enumerated() {
            result[SwarmID(UInt64(id))] = Array(next..<next + size)
            next += size
        }
        return SwarmAssignment(result)
    }

    private func round(_ sizes: [Int], seed: UInt64 = 42) -> OxenRound<Int> {
        OxenRound(swarms(sizes), chance: MersenneTwister(seed: seed), ties: .byID)
    }

    private func update(_ before: SwarmAssignment<Int>, joiners: Range<Int> = 0..<0) -> SwarmAssignment<Int> {
        SwarmPolicy.oxen.update(before, joiners: joiners, blockHash: hash)
    }

    /// Ten swarms, as seventy nodes make them when they join at once.
    private var ten: SwarmAssignment<Int> { update(SwarmAssignment(), joiners: 0..<70) }

    @Test("Surplus counts what is above 5 in each swarm; the threshold is 7 and 2 for each swarm")
    func surplusAndThreshold() {
        #expect(OxenPolicy.surplus([5, 5, 5]) == 0)
        #expect(OxenPolicy.surplus([3, 5, 9, 6]) == 5)
        #expect((0...11).map { OxenPolicy.creationThreshold(swarms: $0) } == (0...11).map { 7 + 2 * $0 })
    }

    @Test("Eleven swarms make no twelfth of a surplus of 28, and one of 29")
    func creation() {
        var sizes = (0..<11).map { 5 + 28 / 11 + ($0 < 28 % 11 ? 1 : 0) }
        #expect(update(swarms(sizes)) == swarms(sizes))
        sizes[10] += 1
        let after = update(swarms(sizes))
        #expect(after.swarms.count == 12)
        #expect(after.ids.last.map { after.swarms[$0]?.count } == 7)
    }

    @Test("A starving swarm keeps a surplus from becoming a swarm")
    func starvationBlocksCreation() {
        var round = round([4, 30])
        round.create()
        #expect(round.table.sizes == [4, 30])
    }

    @Test("Swarms are looked at by ascending size, ties by ascending id")
    func sizeOrder() {
        let sizes = [7, 5, 9, 5, 7, 6]
        let order = SizeOrder(sizes, ties: .byID)
        #expect(order.places == [1, 3, 5, 0, 4, 2])
        #expect(sizes.indices.map { order.place(ofRank: $0) } == order.places)
        #expect([0, 25, 75, 100].map { order.size(atPercentile: $0) } == [5, 5, 7, 9])
        #expect(order.count(upTo: 7) == 5)
        #expect(SizeOrder(Array((1...42).reversed()), ties: .libstdcxx).places == Array((0..<42).reversed()))
    }

    @Test("A percentile's place is rounded down", arguments: [(1, 0), (2, 0), (3, 1), (4, 2), (5, 3)])
    func percentiles(count: Int, place: Int) {
        #expect(SizeOrder(Array(0..<count), ties: .byID).size(atPercentile: 75) == place)
    }

    @Test("A joiner goes to the smallest of four swarms; after three joins 3, 1, 5, 2 are 3, 3, 5, 3")
    func joining() {
        var round = round([3, 1, 5, 2])
        round.assign([100], percentile: 25)
        #expect(round.table.sizes == [3, 2, 5, 2])
        round.assign([101, 102], percentile: 25)
        #expect(round.table.sizes == [3, 3, 5, 3])
    }

    @Test("Nodes that join one by one make a swarm at 14, 21, 28 and so on up to 280")
    func oneByOne() {
        var current = SwarmAssignment<Int>()
        for node in 0..<280 {
            current = update(current, joiners: node..<node + 1)
            #expect(current.swarms.count == 1 + max(0, node + 1 - 7) / 7)
        }
    }

    @Test("Nodes that join in blocks make as many swarms as one by one")
    func inBulk() {
        var current = SwarmAssignment<Int>()
        var count = 0
        for joining in [1, 3, 19, 4, 8, 13, 1, 22, 1, 7, 2, 1, 11, 18, 6, 10] {
            current = update(current, joiners: count..<count + joining)
            count += joining
            #expect(current.swarms.count == 1 + max(0, count - 7) / 7)
        }
    }

    @Test("Thirteen nodes are one swarm, 14 two, 25 three; three hold 15, and one less makes two")
    func basics() {
        #expect(update(SwarmAssignment(), joiners: 0..<13).swarms.count == 1)
        #expect(update(SwarmAssignment(), joiners: 0..<14).swarms.count == 2)
        let three = update(SwarmAssignment(), joiners: 0..<25)
        #expect(three.swarms.count == 3)
        var left = three
        for _ in 0..<10 {
            let largest = left.ids.max { left.swarms[$0]?.count ?? 0 < left.swarms[$1]?.count ?? 0 }
            if let largest { left.swarms[largest]?.removeLast() }
            left = update(left)
        }
        #expect(left.swarms.values.map(\.count) == [5, 5, 5])
        left.swarms[left.ids[0]]?.removeLast()
        #expect(update(left).swarms.count == 2)
    }

    @Test("Only swarms above the limit give nodes, and all their nodes may be picked")
    func pool() {
        var taken: Set<Int> = []
        for seed in UInt64(0)..<300 {
            var round = round([15, 15, 5], seed: seed)
            let picks = (0..<20).map { _ in round.takeNode(fromSwarmsAbove: 5) }
            #expect(Set(picks).count == 20)
            #expect(round.table.sizes == [5, 5, 5])
            taken.formUnion(picks)
        }
        #expect(taken == Set(0..<30))
    }

    @Test("A swarm that shrinks to 5, slowly or at once, moves nobody elsewhere")
    func shrinking() throws {
        for atOnce in [false, true] {
            var current = ten
            let victim = try #require(current.ids.first)
            while let surplus = current.swarms[victim].map({ $0.count - 5 }), surplus > 0 {
                current.swarms[victim]?.removeLast(atOnce ? surplus : 1)
                let after = update(current)
                #expect(after.swarmByNode == current.swarmByNode)
                current = after
            }
        }
    }

    @Test("Three joiners fill two swarms of four")
    func joinersFill() {
        var current = ten
        let low = current.ids.prefix(2)
        for id in low { current.swarms[id] = current.swarms[id].map { Array($0.prefix(4)) } }
        let after = update(current, joiners: 100..<103)
        #expect(low.allSatisfy { (after.swarms[$0]?.count ?? 0) >= 5 })
    }

    @Test("A swarm of four takes one node from exactly one other")
    func stealing() throws {
        var current = ten
        let victim = try #require(current.ids.first)
        current.swarms[victim] = current.swarms[victim].map { Array($0.prefix(4)) }
        let after = update(current)
        #expect(after.swarms[victim]?.count == 5)
        let losses = current.ids.filter { $0 != victim }.map { id in
            (current.swarms[id]?.count ?? 0) - (after.swarms[id]?.count ?? 0)
        }
        #expect(losses.sorted() == [0, 0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test("Of ten swarms of five, one that loses a node dissolves and nine remain")
    func dissolving() {
        var current = SwarmAssignment(ten.swarms.mapValues { Array($0.prefix(5)) })
        let victim = current.ids[0]
        current.swarms[victim]?.removeLast()
        let after = update(current)
        #expect(after.ids == Array(current.ids.dropFirst()))
        #expect(after.swarms.values.map(\.count).sorted() == [5, 5, 5, 5, 5, 6, 6, 6, 6])
    }

    @Test("Fewer than five nodes in several swarms end up in one")
    func lastSwarmStays() {
        for sizes in [[1, 1], [2, 2], [1, 1, 1], [1, 3], [1, 1, 1, 1]] {
            let after = update(swarms(sizes))
            #expect(after.swarms.count == 1)
            #expect(after.swarms.values.first?.count == sizes.reduce(0, +))
        }
    }
}
