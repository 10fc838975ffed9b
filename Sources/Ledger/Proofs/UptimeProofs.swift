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
    /// Where each node proved itself from.
    private(set) var addresses: [LegacyPublicKey: AddressMemory] = [:]
    /// From when on a node counts as proved without having sent anything.
    private var excusedAt: [LegacyPublicKey: Duration] = [:]
    /// Who proved itself with a key last.
    private var nodes: [Ed25519PublicKey: LegacyPublicKey] = [:]
    /// Goes up with every change.
    private(set) var revision: UInt64 = 0

    init(timing: ProofTiming) { self.timing = timing }

    /// - Parameters:
    ///   - uptime: the ledger's own clock.
    ///   - timestamp: seconds since the Unix epoch.
    mutating func offer(
        _ proof: UptimeProof, isRegistered: Bool, at uptime: Duration, timestamp: Int64
    ) -> Verdict {
        guard isRegistered else { return .notRegistered }
        guard proof.httpsPort > 0, proof.omqPort > 0 else { return .portsMissing }
        if let twin = nodes[proof.ed25519], twin != proof.node { return .keyTaken(by: twin) }
        let last = byNode[proof.node]
        let isNewAddress = last.map { proof.hasOtherAddress(than: $0.proof) } ?? true
        // Unlike the daemon, a proof with another address is taken early: a node that came back on other ports would
        // stay unreachable for half an interval.
        if let acceptedAt = last?.acceptedAt, !isNewAddress, uptime - acceptedAt < timing.shortestGap {
            return .tooEarly
        }
        if let last { nodes[last.proof.ed25519] = nil }
        nodes[proof.ed25519] = proof.node
        revision += 1
        byNode[proof.node] = AcceptedProof(proof: proof, timestamp: timestamp, acceptedAt: uptime)
        addresses[proof.node, default: AddressMemory()].see(proof.publicIP, at: timestamp)
        return .accepted(isNewAddress: isNewAddress)
    }

    /// When a node last showed that it is up, by the ledger's own clock (ledger §2.4).
    func verdict(on node: LegacyPublicKey) -> UptimeVerdict {
        UptimeVerdict(provedAt: byNode[node]?.acceptedAt, effectiveAt: excusedAt[node])
    }

    /// A node was set aside: what it proved before counts no more, and its next proof is never too early. Where it is
    /// stays known.
    mutating func void(_ node: LegacyPublicKey) {
        excusedAt[node] = nil
        guard byNode[node]?.acceptedAt != nil else { return }
        byNode[node]?.acceptedAt = nil
        byNode[node]?.timestamp = 0
        revision += 1
    }

    /// A node became active, or was taken back: it has until its proof would run out.
    mutating func excuse(_ node: LegacyPublicKey, at uptime: Duration) { excusedAt[node] = uptime }

    /// The node is gone, or its entry is a new one.
    mutating func forget(_ node: LegacyPublicKey) {
        excusedAt[node] = nil
        addresses[node] = nil
        guard let last = byNode.removeValue(forKey: node) else { return }
        nodes[last.proof.ed25519] = nil
        revision += 1
    }
}
