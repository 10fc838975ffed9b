import SessionProtocol
import Swarms

/// Seeded joins and departures, block after block.
struct RandomHistory {
    struct Block {
        var before: SwarmAssignment<String>
        var joiners: [String]
        var hash: Bytes
        var outcome: SwarmOutcome<String>
    }

    enum Shape: String, CaseIterable {
        case oneByOne, bulk, churn, storms, growThenShrink
    }

    private var chance: MersenneTwister
    private let shape: Shape
    private var number: UInt64 = 0
    private var current = SwarmAssignment<String>()

    init(_ shape: Shape, seed: UInt64) {
        self.shape = shape
        chance = MersenneTwister(seed: seed)
    }

    mutating func next() -> Block {
        let (joining, leaving) = changes()
        number += 1
        var before = current
        for _ in 0..<leaving {
            let nodes = before.swarmByNode.keys.sorted()
            guard !nodes.isEmpty else { break }
            let gone = nodes[Int(chance.uniform(UInt64(nodes.count)))]
            before.swarms = before.swarms.mapValues { $0.filter { $0 != gone } }
        }
        let joiners = (0..<joining).map { _ in randomHex(bytes: 8) }
        let hash = (0..<4).flatMap { _ in withUnsafeBytes(of: chance.next()) { Bytes($0) } }
        let outcome = WhitepaperPolicy.update(before, joiners: joiners, blockHash: hash)
        current = outcome.assignment
        return Block(before: before, joiners: joiners, hash: hash, outcome: outcome)
    }

    private mutating func changes() -> (joining: UInt64, leaving: UInt64) {
        switch shape {
        case .oneByOne: (1, 0)
        case .bulk: (chance.uniform(25), 0)
        case .churn: (chance.uniform(4), number > 20 ? chance.uniform(4) : 0)
        case .storms: (number % 7 == 0 ? chance.uniform(60) : 0, number % 5 == 3 ? chance.uniform(40) : 0)
        case .growThenShrink: number < 60 ? (3, 0) : (0, 3)
        }
    }

    private mutating func randomHex(bytes: Int) -> String {
        Hex.encode((0..<bytes).map { _ in UInt8(truncatingIfNeeded: chance.next() >> 32) })
    }
}
