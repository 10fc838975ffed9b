import SessionProtocol

/// The working state of one block under ``WhitepaperPolicy``.
///
/// Swarms stand in two arrays, by id ascending: a network of 10,000 nodes looks over all its swarms several times for
/// each joiner.
struct SwarmRound<Node: Comparable & Hashable & Sendable> {
    private(set) var draws = 0
    private var chance: MersenneTwister
    /// Ascending.
    private var ids: [SwarmID]
    /// At the same place as their swarm's id.
    private var members: [[Node]]
    /// How many ``members`` there are: one look over all swarms is a walk over one short array.
    private var sizes: [Int]

    init(_ assignment: SwarmAssignment<Node>, chance: MersenneTwister) {
        let kept = assignment.swarms.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        ids = kept.map(\.key)
        members = kept.map { $0.value.sorted() }
        sizes = members.map(\.count)
        self.chance = chance
    }

    var swarms: [SwarmID: [Node]] { Dictionary(uniqueKeysWithValues: zip(ids, members)) }

    mutating func join(_ node: Node) {
        if ids.isEmpty {
            found(SwarmID(0), with: [node])
            return
        }
        let starving = places { $0 < WhitepaperPolicy.minimum }
        if !starving.isEmpty {
            append(node, at: pick(smallest(of: starving)))
            return
        }
        let roomy = places { $0 < WhitepaperPolicy.maximum }
        if !roomy.isEmpty {
            append(node, at: pick(roomy))
        } else if surplus + 1 >= WhitepaperPolicy.target {
            if !formSwarm(considering: node) { join(node) }
        } else {
            append(node, at: pick(Array(ids.indices)))
        }
    }

    mutating func shrink() {
        while ids.count > 1, let starving = places(where: { $0 < WhitepaperPolicy.minimum }).first {
            let donors = places { $0 > WhitepaperPolicy.minimum }
            if donors.isEmpty {
                dissolve(starving)
            } else {
                let donor = pick(largest(of: donors))
                append(remove(pickIndex(below: sizes[donor]), from: donor), at: starving)
            }
        }
    }

    /// - Returns: whether the joiner was drawn into the new swarm.
    private mutating func formSwarm(considering joiner: Node) -> Bool {
        var drawn: [Node] = []
        var joinerIsDrawn = false
        while drawn.count < WhitepaperPolicy.target {
            // The pool is counted anew for every pick: a donor that has come down to the minimum gives no more.
            let donors = places { $0 > WhitepaperPolicy.minimum }
            let inSwarms = donors.reduce(0) { $0 + sizes[$1] }
            var place = pickIndex(below: inSwarms + (joinerIsDrawn ? 0 : 1))
            if place == inSwarms {
                joinerIsDrawn = true
                drawn.append(joiner)
                continue
            }
            for donor in donors {
                if place < sizes[donor] {
                    drawn.append(remove(place, from: donor))
                    break
                }
                place -= sizes[donor]
            }
        }
        // Placed after the picks: they never empty a swarm, so the gaps are those of the swarms that stay.
        found(SwarmID.next(among: ids), with: drawn)
        return joinerIsDrawn
    }

    private mutating func found(_ id: SwarmID, with nodes: [Node]) {
        let place = ids.firstIndex { $0 > id } ?? ids.count
        ids.insert(id, at: place)
        members.insert(nodes, at: place)
        sizes.insert(nodes.count, at: place)
    }

    private mutating func append(_ node: Node, at swarm: Int) {
        members[swarm].append(node)
        sizes[swarm] += 1
    }

    private mutating func remove(_ place: Int, from swarm: Int) -> Node {
        sizes[swarm] -= 1
        return members[swarm].remove(at: place)
    }

    private mutating func dissolve(_ swarm: Int) {
        ids.remove(at: swarm)
        sizes.remove(at: swarm)
        for node in members.remove(at: swarm) {
            append(node, at: pick(smallest(of: Array(ids.indices))))
        }
    }

    private var surplus: Int { sizes.reduce(0) { $0 + $1 - WhitepaperPolicy.minimum } }

    /// Where the swarms of a fitting size stand.
    private func places(where sizeFits: (Int) -> Bool) -> [Int] {
        var places: [Int] = []
        for (place, size) in sizes.enumerated() where sizeFits(size) { places.append(place) }
        return places
    }

    private func smallest(of places: [Int]) -> [Int] {
        let size = places.lazy.map { sizes[$0] }.min()
        return places.filter { sizes[$0] == size }
    }

    private func largest(of places: [Int]) -> [Int] {
        let size = places.lazy.map { sizes[$0] }.max()
        return places.filter { sizes[$0] == size }
    }

    private mutating func pick(_ places: [Int]) -> Int { places[pickIndex(below: places.count)] }

    private mutating func pickIndex(below count: Int) -> Int {
        draws += 1
        return Int(chance.uniform(UInt64(count)))
    }
}
