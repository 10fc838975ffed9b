/// What a ledger knows beside its blocks and keeps over a restart, as the real daemon does in its database: who proved
/// itself when and from where, and how far the ledger's time is ahead.
///
/// Without it the table of nodes that the ledger gives after a restart would name only those that have pinged since, and
/// whoever reads it then would turn all others away as strangers.
public struct ProofMemory: Sendable {
    let proofs: UptimeProofs
    let timeOffset: Duration
}

extension LedgerDaemon {
    /// For the daemon that goes on where this one, once closed, ended.
    public var proofMemory: ProofMemory { ProofMemory(proofs: proofs, timeOffset: timeOffset) }

    /// Goes on from what an earlier daemon of the same ledger knew; proofs of nodes that are not registered are left
    /// out. Call it before ``open()``.
    public func recall(_ memory: ProofMemory) {
        proofs = memory.proofs
        for node in proofs.byNode.keys.sorted() where chain.state.nodes[node] == nil { proofs.forget(node) }
        timeOffset = max(timeOffset, memory.timeOffset)
    }
}
