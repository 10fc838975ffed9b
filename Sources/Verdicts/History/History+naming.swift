import SessionProtocol

extension History {
    /// A node's name, or the start of its key when it never reported its name.
    public func name(of node: LegacyPublicKey) -> String {
        facts(of: node)?.name ?? "node \(node.hex.prefix(8))"
    }

    /// Whose mailbox it is, or enough of the account to tell it from others when no client of the run reads it.
    public func name(of account: AccountID) -> String { clients[account] ?? account.obscured }

    /// Every node that must tell what it holds: those that started, in that order, then members of swarms that never
    /// reported, ascending. A node that is in no swarm any more, and had stopped when others were asked, is not among
    /// them.
    var everyNode: [LegacyPublicKey] {
        let members = Set((swarms ?? [:]).filter { $0.key != .unassigned }.values.joined())
        let started = nodes.filter { swarms == nil || members.contains($0.legacy) || ranWhenAsked($0) }.map(\.legacy)
        return started + members.subtracting(started).sorted()
    }

    /// Whether a node ran when nodes were last asked what they hold, or was asked since swarms last changed.
    private func ranWhenAsked(_ node: NodeFacts) -> Bool {
        guard let stopped = node.stoppedPosition else { return true }
        if let inventory = inventories[node.legacy], inventory.position > swarmsPosition { return true }
        return stopped > askedPosition
    }

    /// Why a node's inventory cannot be judged by; `nil` when it can.
    func gap(in node: LegacyPublicKey) -> String? {
        guard let inventory = inventories[node] else {
            if let failure = inventoryFailures[node] {
                return "\(name(of: node)) gave no inventory: \(failure.reason)"
            }
            if let reason = facts(of: node)?.stopped {
                return "\(name(of: node)) gave no inventory: it stopped (\(reason))"
            }
            return "\(name(of: node)) gave no inventory: it was not asked"
        }
        guard inventory.position > swarmsPosition else {
            return "\(name(of: node)) gave its inventory before swarms last changed"
        }
        return nil
    }
}
