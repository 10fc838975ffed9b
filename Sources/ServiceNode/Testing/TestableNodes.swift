import SessionProtocol

/// All funded nodes of a table, made ready for ``TestOrder``. Shared by every node that holds the table.
struct TestableNodes: Sendable {
    let nodes: [NodeRecord]
    /// The first eight bytes of each node's legacy key: keys are as good as random, so these tell nodes apart.
    let words: [UInt64]

    init(_ nodes: [NodeRecord]) {
        self.nodes = nodes
        words = nodes.map { node in
            node.legacy.bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        }
    }
}
