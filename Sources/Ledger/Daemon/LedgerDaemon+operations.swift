import NodeRuntime
import SessionProtocol

/// What the network's operator asks of the ledger and reads from it.
extension LedgerDaemon {
    /// Puts transactions in line, all of them or none. With ``LedgerConfiguration/BlockTime/auto`` they are in a block
    /// when this returns.
    ///
    /// - Throws: the ``TransactionRefusal`` of the first that cannot count; a ``StorageError`` when the block could not
    ///   be kept, or an earlier one.
    public func submit(_ transactions: [LedgerTransaction]) throws {
        if let failure { throw failure }
        try chain.submit(transactions)
        if configuration.blockTime == .auto, !transactions.isEmpty { makeBlock() }
        if let failure { throw failure }
    }

    /// What is true right now.
    public var status: LedgerStatus {
        let rules = chain.genesis.rules
        let view = view(for: nil)
        let nodes = view.entries.map { entry in
            LedgerStatus.Node(
                node: entry.node, registrationHeight: entry.registrationHeight, isFunded: entry.isFunded,
                isActive: entry.isActive, swarm: entry.swarm, proof: proofs.byNode[entry.node],
                credit: entry.credit(at: view.top.height, rules: rules), lag: lags[entry.node] ?? 0, entry: entry)
        }
        var swarms: [SwarmID: [LegacyPublicKey]] = [:]
        for node in nodes where node.isActive && node.swarm != .unassigned {
            swarms[node.swarm, default: []].append(node.node)
        }
        return LedgerStatus(
            height: view.top.height, topHash: view.top.hash, topTimestamp: view.top.timestamp, time: timestamp,
            nodes: nodes, swarms: swarms, totals: chain.totals, pending: chain.pending.count,
            failure: failure.map { "\($0)" })
    }

    /// What blocks did to swarms, oldest first and by swarm ascending within a block; at most
    /// ``SwarmChange/mostRemembered``. After a restart it begins with the last 360 blocks.
    public var swarmHistory: [SwarmChange] { swarmChanges }

    /// Every block, by height.
    public var blocks: [Block] { chain.blocks }
}
