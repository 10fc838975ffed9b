/// Whether a node has shown in time that it is up (ledger §2.4).
struct UptimeVerdict: Sendable, Equatable {
    /// When the last proof that still counts came; `nil` when none does: a decommission voids every earlier one.
    var provedAt: Duration?
    /// From when on the node is treated as proved without having sent anything: it became active or was taken back.
    ///
    /// Unlike the daemon's, a fresh node's is its activation. The daemon protects such a node by a delay of 26 minutes
    /// and by letting nobody vote for the first V of its own uptime; neither would leave anything to see on a network
    /// that lives for minutes.
    var effectiveAt: Duration?

    /// - Parameter validity: V, how long a proof counts.
    func passes(at now: Duration, validity: Duration) -> Bool {
        func isRecent(_ time: Duration?) -> Bool { time.map { now - $0 <= validity } ?? false }
        return isRecent(provedAt) || isRecent(effectiveAt)
    }
}

extension ProofTiming {
    /// V: how long a proof counts, in mainnet's ratio (ledger §0.1).
    public var validity: Duration { frequency * 2 + frequency / 12 }
    /// V − F: how long a peer may be out of reach.
    public var unreachableGrace: Duration { validity - frequency }
}
