import SessionProtocol
import Swarms
import Testing

@Suite struct OxenPolicyTests {
    /// A node that sorts by its place in the vector: the vectors' lists are to be taken in the order given.
    private struct PlacedNode: Comparable, Hashable {
        let name: String
        let place: Int

        static func < (left: Self, right: Self) -> Bool { left.place < right.place }
    }

    private struct Case {
        let name: String
        let before: SwarmAssignment<PlacedNode>
        let joiners: [PlacedNode]
        let hash: Bytes
        let vector: JSON

        init(_ vector: JSON) throws {
            name = try vector.text("name")
            self.vector = vector
            hash = try #require(Hex.decode(vector.text("block_hash")))
            let removed = Set(try vector.nodes("removed"))
            before = SwarmAssignment(
                try vector.assignment("before").swarms.mapValues { names in
                    names.enumerated().filter { !removed.contains($0.element) }
                        .map { PlacedNode(name: $0.element, place: $0.offset) }
                })
            joiners = try vector.nodes("unassigned").enumerated().map {
                PlacedNode(name: $0.element, place: 1_000_000 + $0.offset)
            }
        }

        func outcome(_ ties: OxenPolicy.TieOrder) -> (swarms: [SwarmID: [String]], draws: Int) {
            let outcome = OxenPolicy.update(before, joiners: joiners, blockHash: hash, ties: ties)
            return (outcome.assignment.swarms.mapValues { $0.map(\.name) }, outcome.draws)
        }
    }

    /// With more swarms than 16 at some moment.
    private static let large: Set<String> = ["bulk-140", "twenty-swarms-join"]

    @Test("Every vector's assignment is reached, lists in order, with its number of choices")
    func vectors() throws {
        let cases = try VectorFile.list("swarm", "swarm").map { try Case($0) }.filter { $0.name != "throws" }
        #expect(cases.count == 30)
        for item in cases {
            let expected = try item.vector.assignment("after").swarms
            let modes: [OxenPolicy.TieOrder] = Self.large.contains(item.name) ? [.libstdcxx] : [.byID, .libstdcxx]
            for ties in modes {
                let outcome = item.outcome(ties)
                #expect(outcome.swarms == expected, "\(item.name)")
                #expect(item.vector["rng_draws"]?.asInteger == Int64(outcome.draws), "\(item.name)")
            }
        }
    }

    @Test("Beyond 16 swarms the order of ties by id gives swarms of the same sizes with other members")
    func tiesBeyondSixteen() throws {
        let cases = try VectorFile.list("swarm", "swarm").map { try Case($0) }.filter { Self.large.contains($0.name) }
        #expect(cases.count == 2)
        for item in cases {
            let expected = try item.vector.assignment("after").swarms
            let outcome = item.outcome(.byID)
            #expect(outcome.swarms != expected, "\(item.name)")
            #expect(outcome.swarms.count == expected.count, "\(item.name)")
            #expect(outcome.swarms.values.flatMap { $0 }.sorted() == expected.values.flatMap { $0 }.sorted())
        }
    }

    @Test("With four nodes left in two swarms one swarm stays, where the daemon cannot add the block")
    func lastSwarm() throws {
        let vector = try #require(VectorFile.list("swarm", "swarm").first { $0["name"] == "throws" })
        let item = try Case(vector)
        #expect(vector["after"] == .null)
        let outcome = item.outcome(.byID)
        // The lower id dissolves first.
        #expect(outcome.swarms.keys.map(\.rawValue) == [9_223_372_036_854_775_807])
        #expect(outcome.swarms.values.first == ["c1ac2967", "5fe3a318", "853d3605", "2374afb6"])
        #expect(outcome.draws == 2)
    }

    @Test("The chain of thirty blocks comes out as in the vectors, block by block")
    func chain() throws {
        var swarms: [SwarmID: [String]] = [:]
        let blocks = try VectorFile.list("swarm", "ledger_chain")
        #expect(blocks.count == 30)
        for block in blocks {
            let leaving = Set(try block.nodes("leave"))
            let before = SwarmAssignment(swarms.mapValues { $0.filter { !leaving.contains($0) } })
            let hash = try #require(Hex.decode(block.text("block_hash")))
            let outcome = OxenPolicy.update(before, joiners: try block.nodes("join"), blockHash: hash)
            swarms = outcome.assignment.swarms
            let height = block["height"]?.asInteger ?? 0
            #expect(
                swarms.mapValues(Set.init) == (try block.assignment("swarms").swarms.mapValues(Set.init)), "\(height)")
            #expect(block["rng_draws"]?.asInteger == Int64(outcome.draws), "\(height)")
        }
    }
}
