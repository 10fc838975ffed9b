import SessionCrypto
import SessionProtocol

/// The name of a staked output, by which nobody can spend or stake it twice (ledger §1.6).
public enum KeyImage {
    /// The same wallet and nonce always name the same output.
    /// - Returns: 32 bytes.
    public static func of(_ funder: WalletAddress, nonce: UInt64) -> Bytes {
        Digest.blake2b(funder.bytes + nonce.littleEndianBytes, key: Bytes("key image".utf8))
    }

    /// The output's one-time key.
    /// - Returns: 32 bytes.
    static func outputKey(_ funder: WalletAddress, nonce: UInt64) -> Bytes {
        Digest.blake2b(funder.bytes + nonce.littleEndianBytes, key: Bytes("output key".utf8))
    }

    /// What has become of an output that was staked once.
    public enum Status: Sendable, Equatable {
        case locked(node: LegacyPublicKey)
        /// The node was deregistered; free in the block of height `until`.
        case blacklisted(until: UInt64)
        /// Its coins went back to the wallet, so the output itself is used up.
        case spent
    }
}
