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
    /// What happened, in order.
    public let events: [LedgerEvent]
}

/// What a block did.
public enum LedgerEvent: Sendable, Equatable {
    /// A node entered the list; `stake` is what left the operator's wallet.
    case registered(node: LegacyPublicKey, stake: Amount)
    /// A node's stake is complete.
    case activated(node: LegacyPublicKey)
    /// The set of active nodes changed, and swarms were worked out anew.
    case swarmsAssigned
}

extension BlockHash {
    /// The hash over everything that makes a block but its time: a seed and the same transactions give the same hashes,
    /// and with them the same swarms, on every machine and at any hour.
    static func of(
        previous: BlockHash?, height: UInt64, contents: [Bytes], networkSeed: UInt64
    ) -> BlockHash {
        var input = networkSeed.littleEndianBytes
        input += previous?.bytes ?? Bytes(repeating: 0, count: 32)
        input += height.littleEndianBytes
        for content in contents { input += UInt64(content.count).littleEndianBytes + content }
        return BlockHash(Digest.blake2b(input, key: Bytes("block".utf8)))
    }
}
