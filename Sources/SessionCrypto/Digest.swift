import CSodium
import SessionProtocol

/// Hash functions of the protocol.
public enum Digest {
    /// BLAKE2b without salt or personalisation.
    ///
    /// - Parameters:
    ///   - key: at most 64 bytes; none makes the unkeyed hash.
    ///   - length: of the result, 1–64 bytes.
    public static func blake2b(_ data: Bytes, key: Bytes = [], length: Int = 32) -> Bytes {
        Sodium.start()
        precondition((1...64).contains(length) && key.count <= 64, "BLAKE2b keys and digests have up to 64 bytes")
        var digest = Bytes(repeating: 0, count: length)
        crypto_generichash(&digest, length, data, UInt64(data.count), key, key.count)
        return digest
    }

    /// 32 bytes.
    public static func sha256(_ data: Bytes) -> Bytes {
        Sodium.start()
        var digest = Bytes(repeating: 0, count: 32)
        crypto_hash_sha256(&digest, data, UInt64(data.count))
        return digest
    }

    /// 64 bytes.
    public static func sha512(_ data: Bytes) -> Bytes {
        Sodium.start()
        var digest = Bytes(repeating: 0, count: 64)
        crypto_hash_sha512(&digest, data, UInt64(data.count))
        return digest
    }
}
