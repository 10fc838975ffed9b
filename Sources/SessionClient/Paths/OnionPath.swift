import SessionProtocol

/// Three distinct nodes that carry a client's onions (clients.md §4). No circuit exists on the nodes: it is a list.
public struct OnionPath: Sendable, Hashable {
    /// Nodes of a path, the guard included.
    public static let length = 3

    /// The only node that sees the client's address.
    public let entry: ListedNode
    /// Every node, the guard first.
    public let hops: [OnionNode]

    /// - Parameter nodes: ``length`` distinct nodes.
    init(_ nodes: [ListedNode]) {
        precondition(Set(nodes.map(\.keys)).count == Self.length, "a path has three distinct nodes")
        entry = nodes[0]
        hops = nodes.map(\.keys)
    }

    func contains(_ key: Ed25519PublicKey) -> Bool { hops.contains { $0.ed25519 == key } }

    /// Where onions are posted.
    var url: String { "https://\(entry.address):\(entry.httpsPort)/onion_req/v2" }
}
