import SessionProtocol

/// The last proof of every node, and the rules by which one is taken (ledger §2.3). Off-chain: no part of any block.
struct UptimeProofs: Sendable {
    enum Verdict: Equatable {
        /// `isNewAddress`: peers must learn where to find the node.
        case accepted(isNewAddress: Bool)
        case notRegistered
        case tooEarly
        case portsMissing
        /// Another registered node proves itself with the same Ed25519 key.
        case keyTaken(by: LegacyPublicKey)
    }

    let timing: ProofTiming
    private(set) var byNode: [LegacyPublicKey: AcceptedProof] = [:]

    init(timing: ProofTiming) { self.timing = timing }

    /// - Parameters:
    ///   - uptime: the ledger's own clock.
    ///   - timestamp: seconds since the Unix epoch.
    mutating func offer(
        _ proof: UptimeProof, isRegistered: Bool, at uptime: Duration, timestamp: Int64
    ) -> Verdict {
        guard isRegistered else { return .notRegistered }
        guard proof.httpsPort > 0, proof.omqPort > 0 else { return .portsMissing }
        let twins = byNode.values.filter { $0.proof.ed25519 == proof.ed25519 && $0.proof.node != proof.node }
        if let twin = twins.map(\.proof.node).min() { return .keyTaken(by: twin) }
        let last = byNode[proof.node]
        let isNewAddress = last.map { proof.hasOtherAddress(than: $0.proof) } ?? true
        // Unlike the daemon, a proof with another address is taken early: a node that came back on other ports would
        // stay unreachable for half an interval.
        if let last, !isNewAddress, uptime - last.acceptedAt < timing.shortestGap { return .tooEarly }
        byNode[proof.node] = AcceptedProof(proof: proof, timestamp: timestamp, acceptedAt: uptime)
        return .accepted(isNewAddress: isNewAddress)
    }

    /// A registration starts from scratch.
    mutating func forget(_ node: LegacyPublicKey) { byNode[node] = nil }
}
