import Ledger
import SessionCrypto
import SessionProtocol

/// What the ledger's chain costs without a network: a block of a large network in which a node joins, and whole lives of
/// nodes at the main network's block counts. A chain whose coins do not add up is no result.
struct LedgerBenchmark {
    let runs: Int

    private static let network = 2_000
    private static let joins = 50
    private static let wallet = WalletKeys(networkSeed: 7, name: "everybody")

    func run() throws {
        for preset in [LedgerRules.Preset.whitepaper2020, .oxen] {
            report(
                "a block with a join, \(Self.network) nodes, \(preset.rawValue)",
                Samples(values: try (0..<runs).map { _ in try joinBlock(LedgerRules(preset)) }), unit: "µs",
                target: 5000)
        }
        report(
            "15 days to leave and a 30-day lock, 12 nodes",
            Samples(values: try (0..<runs).map { _ in try wholeLives() }), unit: "ms", target: 2000)
    }

    /// - Returns: microseconds from submitting to the finished block, the mean of many.
    private func joinBlock(_ rules: LedgerRules) throws -> Double {
        var chain = try chain(rules, nodes: Self.network, more: Self.joins)
        // As in a network that has been running for a while: everybody earns.
        for _ in 0...rules.blocksUntilPayable { step(&chain) }
        var elapsed = Duration.zero
        for node in Self.network..<Self.network + Self.joins {
            let registration = registration(of: node, in: chain)
            elapsed += try ContinuousClock().measure {
                try chain.submit([registration])
                step(&chain)
            }
        }
        guard chain.entries.count(where: \.isActive) == Self.network + Self.joins, chain.totals.isBalanced else {
            throw BenchError("\(chain.entries.count) nodes, or coins that do not add up")
        }
        return elapsed / .microseconds(1) / Double(Self.joins)
    }

    /// Register, join, be set aside and taken back, ask to leave and leave; and another is thrown out and its stake locked.
    /// - Returns: milliseconds.
    private func wholeLives() throws -> Double {
        let rules = LedgerRules.whitepaper2020
        var chain = try chain(rules, nodes: 0, more: 12)
        let elapsed = try ContinuousClock().measure {
            try chain.submit((0..<12).map { registration(of: $0, in: chain) })
            step(&chain)
            for change in [StateChange.Kind.decommission, .recommission] {
                try force(change, 3, &chain)
                for _ in 0..<10 { step(&chain) }
            }
            guard let image = chain.state.nodes[Self.key(3)]?.contributors.first?.stakes.first?.keyImage else {
                throw BenchError("a registered node has no stake")
            }
            try chain.submit([
                .unlock(UnlockTransaction(node: Self.key(3), keyImage: image, owner: Self.wallet, nonce: 1_000))
            ])
            for _ in 0...rules.unlockBlocks + 1 { step(&chain) }
            try force(.deregister, 5, &chain)
            for _ in 0...rules.deregistrationLockBlocks { step(&chain) }
        }
        guard chain.state.nodes.count == 10, chain.totals.isBalanced, chain.totals.locked == .zero else {
            throw BenchError("\(chain.state.nodes.count) nodes in the end, \(chain.totals.locked) coins locked")
        }
        return elapsed / .milliseconds(1)
    }

    private func force(_ change: StateChange.Kind, _ node: Int, _ chain: inout LedgerChain) throws {
        try chain.submit([
            .stateChange(
                StateChange(
                    node: Self.key(node), change: change, quorumHeight: chain.top.height,
                    authority: .operator(reasons: .uptime)))
        ])
        step(&chain)
    }

    private func step(_ chain: inout LedgerChain) { chain.produceBlock(timestamp: chain.top.timestamp + 120) }

    private func chain(_ rules: LedgerRules, nodes: Int, more: Int) throws -> LedgerChain {
        let coins = Amount(atomic: rules.requirement(at: 1).atomic * UInt64(nodes + more))
        var chain = LedgerChain(
            genesis: Genesis(networkSeed: 7, balances: [Self.wallet.address: coins], rules: rules, timestamp: 0))
        guard nodes > 0 else { return chain }
        try chain.submit((0..<nodes).map { registration(of: $0, in: chain) })
        step(&chain)
        return chain
    }

    private func registration(of node: Int, in chain: LedgerChain) -> LedgerTransaction {
        let rules = chain.genesis.rules
        return .registration(
            RegistrationTransaction(
                node: Self.keys(node).legacy, operator: Self.wallet, stake: rules.requirement(at: chain.height),
                rules: rules, height: chain.height, signedAt: chain.top.timestamp, nonce: UInt64(node)))
    }

    private static func keys(_ node: Int) -> NodeKeys { NodeKeys(networkSeed: 7, name: "node \(node)") }
    private static func key(_ node: Int) -> LegacyPublicKey { keys(node).legacy.publicKey }
}
