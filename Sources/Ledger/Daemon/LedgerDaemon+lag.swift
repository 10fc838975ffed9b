import NodeRuntime
import SessionProtocol

/// A node cannot be told of the chain that late.
public struct LagRefusal: Error, Equatable, CustomStringConvertible {
    /// What was asked for.
    public let blocks: UInt64
    /// How far back the ledger remembers who was registered.
    public let most: UInt64

    public var description: String {
        "a node cannot be \(blocks) blocks behind: the ledger remembers \(most); ask for at most \(most)"
    }
}

extension LedgerDaemon {
    /// Lets a node see the chain late: what it asks over the message queue is answered, and blocks are announced to
    /// it, as if the newest blocks did not exist. Who is where is off the chain and stays current.
    ///
    /// - Parameter blocks: 0 ends it.
    public func setLag(_ blocks: UInt64, for node: LegacyPublicKey) throws(LagRefusal) {
        let most = UInt64(LedgerConstants.rememberedBlocks)
        guard blocks <= most else { throw LagRefusal(blocks: blocks, most: most) }
        guard (lags[node] ?? 0) != blocks else { return }
        lags[node] = blocks == 0 ? nil : blocks
        // Views of other delays are made again when somebody asks.
        published = published.filter { $0.key == 0 }
        record(.ledgerLagged, ["node": .string(node.hex), "blocks": .uint(blocks)])
        // Its chain is another one now.
        notify(subscriptions.subscribers.filter { self.node(of: $0.caller)?.node == node })
    }
}
