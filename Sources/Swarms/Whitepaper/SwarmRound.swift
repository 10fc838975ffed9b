import SessionProtocol

/// The working state of one block under ``WhitepaperPolicy``.
struct SwarmRound<Node: Comparable & Hashable & Sendable> {
    private(set) var swarms: [SwarmID: [Node]]
    private(set) var draws = 0
    private var chance: MersenneTwister

    init(_ assignment: SwarmAssignment<Node>, chance: MersenneTwister) {
        swarms = assignment.swarms.filter { !$0.value.isEmpty }.mapValues { $0.sorted() }
        self.chance = chance
    }

    mutating func join(_ node: Node) {
        if swarms.isEmpty {
            swarms[SwarmID(0)] = [node]
            return
        }
        let starving = ids { $0 < WhitepaperPolicy.minimum }
        let roomy = ids { $0 < WhitepaperPolicy.maximum }
        if !starving.isEmpty {
            append(node, to: pick(smallest(of: starving)))
        } else if !roomy.isEmpty {
            append(node, to: pick(roomy))
        } else if surplus + 1 >= WhitepaperPolicy.target {
            if !formSwarm(considering: node) { join(node) }
        } else {
            append(node, to: pick(ids { _ in true }))
        }
    }

    mutating func shrink() {
        while swarms.count > 1, let starving = ids(where: { $0 < WhitepaperPolicy.minimum }).first {
            let donors = ids { $0 > WhitepaperPolicy.minimum }
            if donors.isEmpty {
                dissolve(starving)
            } else {
                let donor = pick(largest(of: donors))
                let place = pickIndex(below: members(of: donor).count)
                append(remove(at: place, from: donor), to: starving)
            }
        }
    }

    /// - Returns: whether the joiner was drawn into the new swarm.
    private mutating func formSwarm(considering joiner: Node) -> Bool {
        var drawn: [Node] = []
        var joinerIsDrawn = false
        while drawn.count < WhitepaperPolicy.target {
            // The pool is rebuilt for every pick: a donor that has come down to the minimum gives no more.
            let donors = ids { $0 > WhitepaperPolicy.minimum }
            let inSwarms = donors.reduce(0) { $0 + members(of: $1).count }
            var place = pickIndex(below: inSwarms + (joinerIsDrawn ? 0 : 1))
            if place == inSwarms {
                joinerIsDrawn = true
                drawn.append(joiner)
                continue
            }
            for donor in donors {
                let size = members(of: donor).count
                if place < size {
                    drawn.append(remove(at: place, from: donor))
                    break
                }
                place -= size
            }
        }
        // Placed after the picks: they never empty a swarm, so the gaps are those of the swarms that stay.
        swarms[SwarmID.next(among: swarms.keys)] = drawn
        return joinerIsDrawn
    }

    private mutating func dissolve(_ id: SwarmID) {
        for node in swarms.removeValue(forKey: id) ?? [] {
            append(node, to: pick(smallest(of: ids { _ in true })))
        }
    }

    private var surplus: Int { swarms.values.reduce(0) { $0 + $1.count - WhitepaperPolicy.minimum } }

    private func ids(where sizeFits: (Int) -> Bool) -> [SwarmID] {
        swarms.keys.filter { sizeFits(members(of: $0).count) }.sorted()
    }

    private func smallest(of ids: [SwarmID]) -> [SwarmID] {
        let size = ids.map { members(of: $0).count }.min()
        return ids.filter { members(of: $0).count == size }
    }

    private func largest(of ids: [SwarmID]) -> [SwarmID] {
        let size = ids.map { members(of: $0).count }.max()
        return ids.filter { members(of: $0).count == size }
    }

    private mutating func pick(_ ids: [SwarmID]) -> SwarmID { ids[pickIndex(below: ids.count)] }

    private mutating func pickIndex(below count: Int) -> Int {
        draws += 1
        return Int(chance.uniform(UInt64(count)))
    }

    private func members(of id: SwarmID) -> [Node] { swarms[id, default: []] }

    private mutating func append(_ node: Node, to id: SwarmID) { swarms[id, default: []].append(node) }

    private mutating func remove(at place: Int, from id: SwarmID) -> Node { swarms[id, default: []].remove(at: place) }
}
