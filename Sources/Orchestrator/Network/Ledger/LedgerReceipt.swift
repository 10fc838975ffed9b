import Ledger
import SessionProtocol

/// What became of transactions that the ledger took.
public struct LedgerReceipt: Sendable, Equatable {
    /// 32 bytes each, in the order they were submitted.
    public let transactions: [Bytes]
    /// Of the top block.
    public let height: UInt64
    /// Whether they wait for the next block, because blocks are made at intervals.
    public let isPending: Bool

    var json: [String: JSON] {
        [
            "transactions": .array(transactions.map { .string(Hex.encode($0)) }), "height": .uint(height),
            "pending": .bool(isPending),
        ]
    }
}
