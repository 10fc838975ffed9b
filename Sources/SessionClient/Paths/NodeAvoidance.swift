import NodeRuntime
import SessionProtocol

/// Nodes that were at fault lately. They are used only when nothing else is left, and are forgiven after a while.
struct NodeAvoidance {
    private var until: [Ed25519PublicKey: Duration] = [:]

    mutating func add(_ keys: some Sequence<Ed25519PublicKey>, until end: Duration) {
        for key in keys { until[key] = end }
    }

    func contains(_ key: Ed25519PublicKey, at now: Duration) -> Bool { until[key].map { now < $0 } ?? false }

    /// The first few of a random order in which the avoided ones come last. What it costs goes with how many are
    /// chosen, not with how many there are.
    ///
    /// - Parameters:
    ///   - count: how many; fewer come when there are not so many nodes.
    ///   - excluded: is never chosen.
    func chosen<Node>(
        _ count: Int, of nodes: [Node], without excluded: Ed25519PublicKey? = nil, key: (Node) -> Ed25519PublicKey,
        at now: Duration, using source: inout RandomSource
    ) -> [Node] {
        var order = RandomOrder(count: nodes.count)
        var chosen: [Node] = []
        var avoided: [Node] = []
        while chosen.count < count, let index = order.next(using: &source) {
            let node = nodes[index]
            let key = key(node)
            if key == excluded { continue }
            if contains(key, at: now) { avoided.append(node) } else { chosen.append(node) }
        }
        return chosen + avoided.prefix(count - chosen.count)
    }
}
