import SessionProtocol
import Swarms

/// What the assignment of nodes to swarms costs, under every policy: a whole network that joins at once, and a block of one
/// arrival and one departure. An assignment that lost a node is no result.
struct SwarmBenchmark {
    let runs: Int

    private static let network = 10_000
    private static let update = 2_000
    private static let updatesPerRun = 100

    func run() throws {
        for policy in SwarmPolicy.allCases {
            report(
                "\(Self.network) nodes from nothing, \(policy.rawValue)",
                Samples(values: try (0..<runs).map { try fromNothing(policy, run: $0) }), unit: "ms", target: 2000)
            report(
                "one joins and one leaves, \(Self.update) nodes, \(policy.rawValue)",
                Samples(values: try (0..<runs).map { try oneBlock(policy, run: $0) }), unit: "µs", target: 5000)
        }
    }

    /// - Returns: milliseconds.
    private func fromNothing(_ policy: SwarmPolicy, run: Int) throws -> Double {
        let nodes = try keys(Self.network, seed: UInt64(run))
        var after = SwarmAssignment<LegacyPublicKey>()
        let elapsed = ContinuousClock().measure {
            after = policy.update(after, joiners: nodes, blockHash: nodes[0].bytes)
        }
        try check(after, holds: Self.network)
        return elapsed / .milliseconds(1)
    }

    /// - Returns: microseconds a block, the mean of many.
    private func oneBlock(_ policy: SwarmPolicy, run: Int) throws -> Double {
        let nodes = try keys(Self.update + Self.updatesPerRun, seed: UInt64(1000 + run))
        var swarms = policy.update(
            SwarmAssignment(), joiners: nodes.prefix(Self.update), blockHash: nodes[0].bytes)
        var elapsed = Duration.zero
        for (leaving, joining) in zip(nodes, nodes.dropFirst(Self.update)) {
            guard let home = swarms.swarmByNode[leaving] else { throw BenchError("a node has no swarm") }
            swarms.swarms[home]?.removeAll { $0 == leaving }
            elapsed += ContinuousClock().measure {
                swarms = policy.update(swarms, joiners: [joining], blockHash: joining.bytes)
            }
        }
        try check(swarms, holds: Self.update)
        return elapsed / .microseconds(1) / Double(Self.updatesPerRun)
    }

    private func check(_ assignment: SwarmAssignment<LegacyPublicKey>, holds count: Int) throws {
        let sizes = assignment.swarms.values.map(\.count)
        guard assignment.swarmByNode.count == count, sizes.reduce(0, +) == count, sizes.allSatisfy({ $0 >= 5 }) else {
            throw BenchError("\(count) nodes were assigned as \(sizes)")
        }
    }

    private func keys(_ count: Int, seed: UInt64) throws -> [LegacyPublicKey] {
        var chance = MersenneTwister(seed: seed)
        return try (0..<count).map { _ in
            let bytes = (0..<4).flatMap { _ in withUnsafeBytes(of: chance.next().littleEndian) { Bytes($0) } }
            guard let key = LegacyPublicKey(bytes) else { throw BenchError("\(bytes.count) bytes are no key") }
            return key
        }
    }
}
