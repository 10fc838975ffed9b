import SessionProtocol
import Swarms

/// Every node on the ledger, with what changed since the last block.
public struct ServiceNodeList: Sendable, Equatable {
    typealias Changes = JournaledTable<LegacyPublicKey, ServiceNodeEntry>.Changes

    private var table = JournaledTable<LegacyPublicKey, ServiceNodeEntry>()
    /// Ascending.
    public private(set) var keys: [LegacyPublicKey] = []

    init() {}

    /// Nodes in any state.
    public var count: Int { keys.count }
    /// In no order.
    public var values: Dictionary<LegacyPublicKey, ServiceNodeEntry>.Values { table.values }
    /// By legacy key ascending. Made anew by each call.
    public var entries: [ServiceNodeEntry] { keys.compactMap { table[$0] } }

    /// A node's entry; `nil` when it is not on the ledger.
    public internal(set) subscript(_ node: LegacyPublicKey) -> ServiceNodeEntry? {
        get { table[node] }
        set {
            place(node, isListed: newValue != nil)
            table[node] = newValue
        }
    }

    mutating func takeChanges() -> Changes { table.takeChanges() }

    mutating func undo(_ changes: Changes) {
        for (node, entry) in changes { place(node, isListed: entry != nil) }
        table.undo(changes)
    }

    /// Active nodes by swarm, members by legacy key ascending; nodes waiting for a swarm are left out.
    public var swarms: SwarmAssignment<LegacyPublicKey> {
        var swarms: [SwarmID: [LegacyPublicKey]] = [:]
        for key in keys {
            guard let entry = table[key], entry.isActive, entry.swarm != .unassigned else { continue }
            swarms[entry.swarm, default: []].append(key)
        }
        return SwarmAssignment(swarms)
    }

    private mutating func place(_ node: LegacyPublicKey, isListed: Bool) {
        guard isListed != (table[node] != nil) else { return }
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < node { low = middle + 1 } else { high = middle }
        }
        if isListed { keys.insert(node, at: low) } else { keys.remove(at: low) }
    }

    public static func == (left: Self, right: Self) -> Bool { left.table == right.table }
}
