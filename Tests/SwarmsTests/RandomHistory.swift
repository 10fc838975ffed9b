import SessionProtocol
import Swarms

/// Seeded joins and departures under one policy, block after block.
struct RandomHistory {
    struct Block {
        var before: SwarmAssignment<String>
        var joiners: [String]
        var hash: Bytes
        /// Empty in a block that is not applied yet.
        var after = SwarmAssignment<String>()
        var draws = 0
    }

    enum Shape: String, CaseIterable {
        case oneByOne, bulk, churn, storms, growThenShrink
    }

    private var chance: MersenneTwister
    private let shape: Shape
    private let update: (Block) -> SwarmOutcome<String>
    private let limit: Int
    private var number: UInt64 = 0
    private var current = SwarmAssignment<String>()

    /// - Parameter limit: so many nodes at most.
    init(_ shape: Shape, policy: SwarmPolicy, seed: UInt64, limit: Int = .max) {
        self.init(shape, seed: seed, limit: limit) {
            policy.outcome($0.before, joiners: $0.joiners, blockHash: $0.hash)
        }
    }

    init(_ shape: Shape, seed: UInt64, limit: Int = .max, update: @escaping (Block) -> SwarmOutcome<String>) {
        self.shape = shape
        self.limit = limit
        self.update = update
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
        let room = limit - before.swarms.values.reduce(0) { $0 + $1.count }
        let joiners = (0..<min(Int(joining), room)).map { _ in randomHex(bytes: 6) }
        let hash = (0..<4).flatMap { _ in withUnsafeBytes(of: chance.next()) { Bytes($0) } }
        var block = Block(before: before, joiners: joiners, hash: hash)
        let outcome = update(block)
        block.after = outcome.assignment
        block.draws = outcome.draws
        current = block.after
        return block
    }

    private mutating func changes() -> (joining: UInt64, leaving: UInt64) {
        switch shape {
        case .oneByOne: (1, 0)
        case .bulk: (chance.uniform(25), 0)
        case .churn: (chance.uniform(4), number > 20 ? chance.uniform(4) : 0)
        case .storms: (number % 7 == 0 ? chance.uniform(60) : 0, number % 5 == 3 ? chance.uniform(40) : 0)
        case .growThenShrink: number % 60 < 32 ? (3, 0) : (0, 3)
        }
    }

    private mutating func randomHex(bytes: Int) -> String {
        Hex.encode((0..<bytes).map { _ in UInt8(truncatingIfNeeded: chance.next() >> 32) })
    }
}
