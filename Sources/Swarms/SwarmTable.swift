import SessionProtocol

/// The swarms of a network while a block's changes are worked out.
///
/// They stand in arrays by ascending id: a network of 10,000 nodes looks over all its swarms several times for each
/// joiner.
struct SwarmTable<Node: Comparable & Hashable & Sendable> {
    /// Ascending.
    private(set) var ids: [SwarmID]
    /// At the same place as their swarm's id.
    private(set) var members: [[Node]]
    /// How many ``members`` there are: one look over all swarms is a walk over one short array.
    private(set) var sizes: [Int]

    /// Without empty swarms, and with every list ascending.
    init(_ assignment: SwarmAssignment<Node>) {
        let kept = assignment.swarms.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        ids = kept.map(\.key)
        members = kept.map { $0.value.sorted() }
        sizes = members.map(\.count)
    }

    var assignment: SwarmAssignment<Node> {
        SwarmAssignment(Dictionary(uniqueKeysWithValues: zip(ids, members)))
    }

    /// Adds a swarm with an id that no other has.
    mutating func found(_ id: SwarmID, with nodes: [Node]) {
        let place = ids.firstIndex { $0 > id } ?? ids.count
        ids.insert(id, at: place)
        members.insert(nodes, at: place)
        sizes.insert(nodes.count, at: place)
    }

    mutating func append(_ node: Node, at swarm: Int) {
        members[swarm].append(node)
        sizes[swarm] += 1
    }

    mutating func remove(_ place: Int, from swarm: Int) -> Node {
        sizes[swarm] -= 1
        return members[swarm].remove(at: place)
    }

    /// - Returns: the members it had.
    mutating func removeSwarm(at place: Int) -> [Node] {
        ids.remove(at: place)
        sizes.remove(at: place)
        return members.remove(at: place)
    }

    /// Where the swarms of a fitting size stand.
    func places(where sizeFits: (Int) -> Bool) -> [Int] {
        var places: [Int] = []
        for (place, size) in sizes.enumerated() where sizeFits(size) { places.append(place) }
        return places
    }

    /// The `index`th node of all swarms of a fitting size, by swarm and then by place in its list, taken out of its swarm.
    mutating func removeNode(_ index: Int, ofSwarmsWhere sizeFits: (Int) -> Bool) -> Node {
        var place = index
        for (swarm, size) in sizes.enumerated() where sizeFits(size) {
            if place < size { return remove(place, from: swarm) }
            place -= size
        }
        preconditionFailure("node \(index) was picked, beyond the end of the pool by \(place + 1)")
    }
}
