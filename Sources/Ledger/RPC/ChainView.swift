import SessionProtocol

/// The chain as one asker knows it: a node may be told of blocks late.
struct ChainView: Sendable {
    let chain: LedgerChain
    /// Of the newest block the asker knows of.
    let topHeight: UInt64

    /// - Parameter lag: how many of the newest blocks are kept from the asker; none deeper than the chain remembers.
    init(_ chain: LedgerChain, lag: UInt64) {
        self.chain = chain
        topHeight = chain.top.height - min(lag, chain.top.height)
    }

    var top: Block { chain.blocks[Int(topHeight)] }
    var blockCount: UInt64 { topHeight + 1 }
    /// Whether there are blocks the asker does not know of.
    var isLate: Bool { topHeight < chain.top.height }
    /// After ``top``, by legacy key ascending.
    var entries: [ServiceNodeEntry] { nodes.entries }

    func entry(of node: LegacyPublicKey) -> ServiceNodeEntry? { nodes[node] }

    /// Names and locked stakes after ``top``.
    var figures: LedgerState.Figures {
        guard let figures = chain.figures(at: topHeight) else { tooDeep() }
        return figures
    }

    private func tooDeep() -> Never {
        preconditionFailure("block \(topHeight) lies too deep below \(chain.top.height) to be shown")
    }

    private var nodes: ServiceNodeList {
        guard isLate else { return chain.state.nodes }
        guard let nodes = chain.nodes(at: topHeight) else { tooDeep() }
        return nodes
    }
}
