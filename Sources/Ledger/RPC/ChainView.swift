import SessionProtocol

/// The chain as one asker knows it: a node may be told of blocks late.
struct ChainView: Sendable {
    let chain: LedgerChain
    /// Of the newest block the asker knows of.
    let topHeight: UInt64

    /// - Parameter lag: how many of the newest blocks are kept from the asker.
    init(_ chain: LedgerChain, lag: UInt64) {
        self.chain = chain
        topHeight = chain.top.height - min(lag, chain.top.height)
    }

    var top: Block { chain.blocks[Int(topHeight)] }
    var blockCount: UInt64 { topHeight + 1 }
    /// Whether there are blocks the asker does not know of.
    var isLate: Bool { topHeight < chain.top.height }
    /// After ``top``, by legacy key ascending.
    var entries: [ServiceNodeEntry] { isLate ? chain.entries(at: topHeight) : chain.entries }

    func entry(of node: LegacyPublicKey) -> ServiceNodeEntry? {
        isLate ? entries.first { $0.node == node } : chain.state.nodes[node]
    }
}
