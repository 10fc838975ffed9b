import SessionProtocol

/// The 32-byte name of a block; also the source of the block's chance.
public struct BlockHash: Sendable, Hashable, CustomStringConvertible {
    /// Exactly 32 bytes.
    public let bytes: Bytes

    init(_ bytes: Bytes) {
        precondition(bytes.count == 32, "block hashes have 32 bytes")
        self.bytes = bytes
    }

    /// 64 lower-case hex digits.
    public var hex: String { Hex.encode(bytes) }
    public var description: String { hex }
}
