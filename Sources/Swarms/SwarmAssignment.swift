import SessionProtocol

/// Who belongs to which swarm. `Node` is whatever names a node; its order is part of the rules, as picks are made by
/// place.
public struct SwarmAssignment<Node: Comparable & Hashable & Sendable>: Sendable, Equatable {
    /// Members by swarm. Within a list: members from before the block ascending, then arrivals in the order they came.
    public var swarms: [SwarmID: [Node]]

    public init(_ swarms: [SwarmID: [Node]] = [:]) { self.swarms = swarms }

    /// Ascending.
    public var ids: [SwarmID] { swarms.keys.sorted() }

    /// Every node's swarm.
    public var swarmByNode: [Node: SwarmID] {
        var result: [Node: SwarmID] = [:]
        for (id, members) in swarms {
            for member in members { result[member] = id }
        }
        return result
    }
}
