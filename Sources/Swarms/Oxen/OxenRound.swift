import SessionProtocol

/// The working state of one block under ``OxenPolicy``.
struct OxenRound<Node: Comparable & Hashable & Sendable> {
    private static var fillPercentile: Int { 25 }
    private static var dissolvePercentile: Int { 0 }
    private static var stealPercentile: Int { 75 }

    private(set) var draws = 0
    private(set) var table: SwarmTable<Node>
    private var chance: MersenneTwister
    private let ties: OxenPolicy.TieOrder

    init(_ assignment: SwarmAssignment<Node>, chance: MersenneTwister, ties: OxenPolicy.TieOrder) {
        table = SwarmTable(assignment)
        self.chance = chance
        self.ties = ties
    }

    mutating func run(joiners: [Node]) {
        if table.ids.isEmpty {
            guard !joiners.isEmpty else { return }
            table.found(SwarmID(0), with: [])
        }
        assign(joiners, percentile: Self.fillPercentile)
        rescue()
        create()
        dissolveStarving()
    }

    mutating func assign(_ nodes: [Node], percentile: Int) {
        for node in nodes {
            let order = SizeOrder(table.sizes, ties: ties)
            let eligible = order.count(upTo: order.size(atPercentile: percentile))
            table.append(node, at: order.place(ofRank: pickIndex(below: eligible)))
            create()
        }
    }

    private mutating func rescue() {
        // One look at the start decides who starves, in which order, and who gives; later thefts change nothing of it.
        let before = table.sizes
        let order = SizeOrder(before, ties: ties)
        let limit = max(OxenPolicy.minimum, order.size(atPercentile: Self.stealPercentile) - 1)
        guard before.contains(where: { $0 < OxenPolicy.minimum }) else { return }
        for starving in order.places where before[starving] < OxenPolicy.minimum {
            while table.sizes[starving] < OxenPolicy.minimum {
                let donors = table.sizes.filter { $0 > limit }
                guard OxenPolicy.surplus(donors) >= OxenPolicy.minimum - table.sizes[starving] else { return }
                table.append(takeNode(fromSwarmsAbove: limit), at: starving)
            }
        }
    }

    mutating func create() {
        if table.sizes.contains(where: { $0 < OxenPolicy.minimum }) { return }
        while OxenPolicy.surplus(table.sizes) >= OxenPolicy.creationThreshold(swarms: table.ids.count) {
            // The pool is counted anew for every pick: a donor that has come down to the minimum gives no more.
            let drawn = (0..<OxenPolicy.target).map { _ in takeNode(fromSwarmsAbove: OxenPolicy.minimum) }
            table.found(SwarmID.next(among: table.ids), with: drawn)
        }
    }

    private mutating func dissolveStarving() {
        // The daemon asks only once whether there is more than one swarm, and fails when the last one dissolves.
        while table.ids.count > 1, let starving = table.sizes.firstIndex(where: { $0 < OxenPolicy.minimum }) {
            assign(table.removeSwarm(at: starving), percentile: Self.dissolvePercentile)
        }
    }

    mutating func takeNode(fromSwarmsAbove limit: Int) -> Node {
        let pool = table.sizes.reduce(0) { $1 > limit ? $0 + $1 : $0 }
        return table.removeNode(pickIndex(below: pool)) { $0 > limit }
    }

    private mutating func pickIndex(below count: Int) -> Int {
        draws += 1
        return Int(chance.uniform(UInt64(count)))
    }
}
