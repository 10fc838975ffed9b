import SessionCrypto
import SessionProtocol

/// One step of the ledger.
public struct Block: Sendable, Equatable {
    /// The genesis block has height 0.
    public let height: UInt64
    /// Seconds since the Unix epoch; never less than the previous block's.
    public let timestamp: Int64
    public let previous: BlockHash
    public let hash: BlockHash
    /// Tells branches apart: 0 until the first reorganisation.
    public let salt: UInt64
    /// In the order in which they were applied.
    public let transactions: [LedgerTransaction]
    /// What happened, in order.
    public let events: [LedgerEvent]

    /// What it takes to make this block again.
    public var record: BlockRecord {
        BlockRecord(height: height, timestamp: timestamp, salt: salt, transactions: transactions)
    }
}

extension BlockHash {
    /// The hash over everything that makes a block but its time: a seed and the same transactions give the same hashes,
    /// and with them the same swarms, on every machine and at any hour.
    static func of(
        previous: BlockHash?, height: UInt64, salt: UInt64 = 0, contents: [Bytes], networkSeed: UInt64
    ) -> BlockHash {
        var input = networkSeed.littleEndianBytes
        input += previous?.bytes ?? Bytes(repeating: 0, count: 32)
        input += height.littleEndianBytes
        if salt > 0 { input += salt.littleEndianBytes }
        for content in contents { input += UInt64(content.count).littleEndianBytes + content }
        return BlockHash(Digest.blake2b(input, key: Bytes((salt > 0 ? "salted block" : "block").utf8)))
    }
}
