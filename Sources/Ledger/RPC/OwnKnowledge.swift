import SessionProtocol

/// What a service node's own daemon tells it about nodes, and no other daemon does (ledger §6.2): the results of its own
/// tests, and what it would prove of itself in place of the last proof.
struct OwnKnowledge: Sendable {
    let daemon: ServiceNodeDaemon
    /// The last proof the network took of this node.
    let proof: UptimeProof?
    /// By the ledger's clock.
    let now: Duration
    /// The same moment in seconds since the Unix epoch.
    let timestamp: Int64

    private static let testFields = ["storage_server", "lokinet"].flatMap { name in
        ["reachable", "first_unreachable", "last_unreachable", "last_reachable"].map { "\(name)_\($0)" }
    }

    /// Whether the node itself is somewhere else than the network knows.
    var hasMoved: Bool { daemon.live.map { $0 != proof } ?? false }

    /// Whether an answer would differ from what everyone is told.
    func adds(to request: ServiceNodesRequest) -> Bool {
        hasMoved || Self.testFields.contains { request.fields.includes($0) }
    }

    /// - Returns: `nil` for every node but the asker's own.
    func live(of node: LegacyPublicKey) -> UptimeProof? { node == daemon.node ? daemon.live : nil }

    func tests(of node: LegacyPublicKey, rules: LedgerRules) -> PeerTestResults {
        PeerTestResults(
            of: node, in: daemon.reports, staleAfter: rules.testing.reportStaleness / rules.timeScale, at: now,
            timestamp: timestamp)
    }
}
