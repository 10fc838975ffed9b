import SessionProtocol

extension LedgerState {
    /// Checks what depends on the state, then does what the change says (ledger §3.4). The votes were checked before.
    /// - Returns: what happened.
    mutating func apply(_ change: StateChange, _ context: TransactionContext) throws(RuleBroken) -> [LedgerEvent] {
        let fault = change.stateFault(for: nodes[change.node], height: context.height, rules: context.rules.testing)
        if let fault { throw RuleBroken(.stateChange(fault)) }
        guard var entry = nodes[change.node] else { throw RuleBroken(.stateChange(.notRegistered)) }
        let behindAll = QueuePosition(height: context.height, index: QueuePosition.afterAll)
        switch change.change {
        case .deregister:
            let until = context.height + context.rules.deregistrationLockBlocks
            blacklist(entry, until: until)
            return [
                .deregistered(
                    node: entry.node, reasons: change.reasonsAny, lockedUntil: until, forced: change.isForced)
            ]
        case .decommission:
            entry.activity = .decommissioned(activeSince: entry.activeSince ?? context.height, at: context.height)
            entry.lastDecommissionHeight = context.height
            entry.decommissionCount += 1
            entry.reasonsAll = change.reasonsAll.rawValue
            entry.reasonsAny = change.reasonsAny.rawValue
            entry.swarm = .unassigned
            nodes[entry.node] = entry
            return [.decommissioned(node: entry.node, reasons: change.reasonsAny, forced: change.isForced)]
        case .recommission:
            entry.creditBase = context.rules.credit.baseAfterRecommission(
                base: entry.creditBase, activity: entry.activity, at: context.height)
            entry.activity = .active(since: context.height)
            entry.lastReward = behindAll
            nodes[entry.node] = entry
            return [.recommissioned(node: entry.node, forced: change.isForced)]
        case .ipChangePenalty:
            entry.lastReward = behindAll
            entry.lastIPChangeHeight = context.height
            nodes[entry.node] = entry
            return [.addressPenalised(node: entry.node)]
        }
    }
}

extension LedgerChain {
    /// Checks the votes behind a state change, against the quorum of its height.
    /// - Parameter height: of the block that would hold it.
    func authorise(_ change: StateChange, at height: UInt64) throws(TransactionRefusal) {
        let refuse = { TransactionRefusal(.stateChange(change), .stateChange($0)) }
        guard change.quorumHeight < height else {
            throw refuse(
                .outOfTime(quorum: change.quorumHeight, height: height, lifetime: genesis.rules.testing.lifetime))
        }
        if let fault = change.voteFault(quorum: obligationsQuorum(at: change.quorumHeight)) { throw refuse(fault) }
    }

    /// Who tests whom by the hash of the block at a height; `nil` when there is no such block or it is too old.
    public func obligationsQuorum(at height: UInt64) -> ObligationsQuorum? {
        guard height < self.height, let nodes = nodes(at: height) else { return nil }
        let entries = nodes.entries
        return ObligationsQuorum(
            height: height, hash: blocks[Int(height)].hash, active: entries.filter(\.isActive).map(\.node),
            decommissioned: entries.filter(\.isDecommissioned).map(\.node), rules: genesis.rules.testing)
    }
}
