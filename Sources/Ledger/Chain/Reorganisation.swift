/// What a reorganisation did.
public struct Reorganisation: Sendable, Equatable {
    /// A transaction that was in a block, or waited for one, and does not hold on the new branch.
    public struct Lost: Sendable, Equatable {
        public let transaction: LedgerTransaction
        public let refusal: TransactionRefusal

        public init(transaction: LedgerTransaction, refusal: TransactionRefusal) {
            self.transaction = transaction
            self.refusal = refusal
        }
    }

    /// Ascending.
    public let dropped: [Block]
    /// Ascending; one more than ``dropped``.
    public internal(set) var made: [Block]
    /// Transactions that are in the new blocks.
    public internal(set) var returned: [LedgerTransaction]
    public internal(set) var lost: [Lost]
}

/// Why no blocks were taken back.
public struct ReorganisationRefusal: Error, Equatable, CustomStringConvertible {
    public let depth: Int
    /// The most blocks that can be taken back now.
    public let deepest: Int

    public init(depth: Int, deepest: Int) {
        self.depth = depth
        self.deepest = deepest
    }

    public var description: String {
        deepest == 0
            ? "reorganisation of \(depth) blocks: there is no block that could be taken back"
            : "reorganisation of \(depth) blocks: 1 to \(deepest) can be taken back now"
    }
}
