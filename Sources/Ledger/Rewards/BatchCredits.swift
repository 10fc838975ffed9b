import SessionProtocol

/// What every block credits to whom, for as long as the same nodes are payable with the same stakes (ledger §4.4).
///
/// Working it out takes the time of all contributors; a ledger keeps it until its set of payable nodes changes. Copies
/// share their storage, so undo journals may hold one each.
public struct BatchCredits: Sendable, Equatable {
    /// A payable node: active for the number of blocks the rules ask for.
    public struct Node: Sendable, Equatable {
        /// The operator's first.
        public var parts: [RewardSplit.Part]
        /// The operator's fee, of ``RewardSplit/portions``.
        public var feePortions: UInt64

        public init(parts: [RewardSplit.Part], feePortions: UInt64) {
            self.parts = parts
            self.feePortions = feePortions
        }
    }

    /// Thousandths of an atomic unit, by wallet; each wallet once, none without a credit, by address.
    public let amounts: [(wallet: WalletAddress, milliAtomic: UInt64)]

    /// Every payable node gets the same part of the block's share; what does not divide is nobody's.
    ///
    /// - Parameters:
    ///   - nodes: all payable ones; their order does not matter.
    ///   - share: the service nodes' part of one block, at most 18 million coins.
    public init(_ nodes: some Collection<Node>, sharing share: Amount) {
        guard !nodes.isEmpty else {
            amounts = []
            return
        }
        let each = share.atomic * RewardBatch.milliPerAtomic / UInt64(nodes.count)
        var totals: [WalletAddress: UInt64] = [:]
        for node in nodes {
            let credits = RewardSplit.credits(of: each, among: node.parts, feePortions: node.feePortions)
            for (part, credit) in zip(node.parts, credits) where credit > 0 {
                totals[part.address, default: 0] += credit
            }
        }
        amounts = totals.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.amounts.elementsEqual(right.amounts) { $0 == $1 }
    }
}
