import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

/// A ledger whose nodes ping and test each other every two minutes, each followed by a block.
struct TestedNetwork {
    let network: TestNetwork

    var ledger: LedgerDaemon { network.ledger }

    /// All nodes are registered in the first block.
    init(nodes: Int = 12, rules: LedgerRules = TestNetwork.rules) async throws {
        network = try await TestNetwork(nodes: nodes, rules: rules)
        for index in 0..<nodes { try await network.ping(index) }
        try await network.register()
    }

    func key(_ index: Int) -> LegacyPublicKey { network.nodes[index].legacy.publicKey }

    /// Two minutes in which nodes ping and report the silent ones to their daemons, and then a block.
    /// - Parameters:
    ///   - silent: neither ping nor report, and cannot be reached.
    ///   - liars: report everyone else as unreachable.
    func pass(blocks: Int = 1, silent: Set<Int> = [], liars: Set<Int> = []) async throws {
        for _ in 0..<blocks {
            network.clock.advance(by: .seconds(120))
            for index in network.nodes.indices where !silent.contains(index) {
                try await network.ping(index)
                let reported = liars.contains(index) ? Set(network.nodes.indices).subtracting([index]) : silent
                for peer in reported.sorted() { try await report(peer, by: index, passed: false) }
            }
            await ledger.makeBlock()
        }
    }

    /// Passes blocks until one has happened that `isMet` holds for.
    /// - Returns: that block; `nil` when none did within `limit`.
    func pass(
        upTo limit: Int, silent: Set<Int> = [], until isMet: (LedgerEvent) -> Bool
    ) async throws -> Block? {
        for _ in 0..<limit {
            try await pass(silent: silent)
            let top = await ledger.chain.top
            if top.events.contains(where: isMet) { return top }
        }
        return nil
    }

    /// What a node's storage server tells the node's daemon of a peer. A peer that is not registered is no peer.
    func report(_ peer: Int, by index: Int, passed: Bool) async throws {
        guard await ledger.chain.state.nodes[key(peer)] != nil else { return }
        _ = try await network.result(
            "admin.report_peer_status",
            ["type": "storage", "pubkey": .string(key(peer).hex), "passed": .bool(passed)],
            as: network.nodes[index].x25519.publicKey)
    }

    /// Everyone that is up reaches everyone that is up again.
    func reportGood(of peer: Int, except silent: Set<Int> = []) async throws {
        for index in network.nodes.indices where index != peer && !silent.contains(index) {
            try await report(peer, by: index, passed: true)
        }
    }

    /// The operator's word; it is in a block when this returns.
    func force(_ change: StateChange.Kind, on index: Int) async throws {
        let top = await ledger.chain.top.height
        try await ledger.submit([
            .stateChange(
                StateChange(
                    node: key(index), change: change, quorumHeight: top, authority: .operator(reasons: .storage)))
        ])
    }

    func entry(_ index: Int) async throws -> ServiceNodeEntry {
        try #require(await ledger.chain.state.nodes[key(index)])
    }

    var votes: [Event] { network.events.all(.voteCast) }
}

extension LedgerEvent {
    /// The change that votes, and not the operator, brought about in a node's standing; `nil` for anything else.
    var judged: (node: LegacyPublicKey, change: StateChange.Kind)? {
        switch self {
        case .decommissioned(let node, _, false): (node, .decommission)
        case .recommissioned(let node, false): (node, .recommission)
        case .deregistered(let node, _, _, false): (node, .deregister)
        case .addressPenalised(let node): (node, .ipChangePenalty)
        default: nil
        }
    }
}
