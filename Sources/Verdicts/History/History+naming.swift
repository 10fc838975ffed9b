import SessionProtocol

extension History {
    /// A node's name, or the start of its key when it never reported its name.
    public func name(of node: LegacyPublicKey) -> String {
        facts(of: node)?.name ?? "node \(node.hex.prefix(8))"
    }

    /// Every node that ever started, in that order, then members of swarms that never reported, ascending.
    var everyNode: [LegacyPublicKey] {
        let started = nodes.map(\.legacy)
        let silent = Set((swarms ?? [:]).values.joined()).subtracting(started)
        return started + silent.sorted()
    }

    /// Why a node's inventory cannot be judged by; `nil` when it can.
    func gap(in node: LegacyPublicKey) -> String? {
        guard let inventory = inventories[node] else {
            if let reason = inventoryFailures[node] { return "\(name(of: node)) gave no inventory: \(reason)" }
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
