import SessionProtocol

/// The working state of one block under ``WhitepaperPolicy``.
struct SwarmRound<Node: Comparable & Hashable & Sendable> {
    private(set) var draws = 0
    private(set) var table: SwarmTable<Node>
    private var chance: MersenneTwister

    init(_ assignment: SwarmAssignment<Node>, chance: MersenneTwister) {
        table = SwarmTable(assignment)
        self.chance = chance
    }

    mutating func join(_ node: Node) {
        if table.ids.isEmpty {
            table.found(SwarmID(0), with: [node])
            return
        }
        let starving = table.places { $0 < WhitepaperPolicy.minimum }
        if !starving.isEmpty {
            table.append(node, at: pick(smallest(of: starving)))
            return
        }
        let roomy = table.places { $0 < WhitepaperPolicy.maximum }
        if !roomy.isEmpty {
            table.append(node, at: pick(roomy))
        } else if surplus + 1 >= WhitepaperPolicy.target {
            if !formSwarm(considering: node) { join(node) }
        } else {
            table.append(node, at: pick(Array(table.ids.indices)))
        }
    }

    mutating func shrink() {
        while table.ids.count > 1, let starving = table.places(where: { $0 < WhitepaperPolicy.minimum }).first {
            let donors = table.places { $0 > WhitepaperPolicy.minimum }
            if donors.isEmpty {
                dissolve(starving)
            } else {
                let donor = pick(largest(of: donors))
                table.append(table.remove(pickIndex(below: table.sizes[donor]), from: donor), at: starving)
            }
        }
    }

    /// - Returns: whether the joiner was drawn into the new swarm.
    private mutating func formSwarm(considering joiner: Node) -> Bool {
        var drawn: [Node] = []
        var joinerIsDrawn = false
        while drawn.count < WhitepaperPolicy.target {
            // The pool is counted anew for every pick: a donor that has come down to the minimum gives no more.
            let gives = { (size: Int) in size > WhitepaperPolicy.minimum }
            let inSwarms = table.sizes.reduce(0) { gives($1) ? $0 + $1 : $0 }
            let index = pickIndex(below: inSwarms + (joinerIsDrawn ? 0 : 1))
            if index == inSwarms {
                joinerIsDrawn = true
                drawn.append(joiner)
            } else {
                drawn.append(table.removeNode(index, ofSwarmsWhere: gives))
            }
        }
        // Placed after the picks: they never empty a swarm, so the gaps are those of the swarms that stay.
        table.found(SwarmID.next(among: table.ids), with: drawn)
        return joinerIsDrawn
    }

    private mutating func dissolve(_ swarm: Int) {
        for node in table.removeSwarm(at: swarm) {
            table.append(node, at: pick(smallest(of: Array(table.ids.indices))))
        }
    }

    private var surplus: Int { table.sizes.reduce(0) { $0 + $1 - WhitepaperPolicy.minimum } }

    private func smallest(of places: [Int]) -> [Int] {
        let size = places.lazy.map { table.sizes[$0] }.min()
        return places.filter { table.sizes[$0] == size }
    }

    private func largest(of places: [Int]) -> [Int] {
        let size = places.lazy.map { table.sizes[$0] }.max()
        return places.filter { table.sizes[$0] == size }
    }

    private mutating func pick(_ places: [Int]) -> Int { places[pickIndex(below: places.count)] }

    private mutating func pickIndex(below count: Int) -> Int {
        draws += 1
        return Int(chance.uniform(UInt64(count)))
    }
}
