import NodeRuntime
import SessionProtocol

/// Nodes that were at fault lately. They are used only when nothing else is left, and are forgiven after a while.
struct NodeAvoidance {
    private var until: [Ed25519PublicKey: Duration] = [:]

    mutating func add(_ keys: some Sequence<Ed25519PublicKey>, until end: Duration) {
        for key in keys { until[key] = end }
    }

    func contains(_ key: Ed25519PublicKey, at now: Duration) -> Bool { until[key].map { now < $0 } ?? false }

    /// In random order, the avoided ones last.
    func shuffled<Node>(
        _ nodes: [Node], key: (Node) -> Ed25519PublicKey, at now: Duration, using source: inout RandomSource
    ) -> [Node] {
        let mixed = nodes.shuffled(using: &source)
        return mixed.filter { !contains(key($0), at: now) } + mixed.filter { contains(key($0), at: now) }
    }
}
