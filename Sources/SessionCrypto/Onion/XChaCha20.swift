import CSodium
import SessionProtocol

/// XChaCha20-Poly1305 without additional data: onion layers (storage-node §7.2) and name records (ledger §6.7). What is
/// sealed has the nonce, the ciphertext and the 16-byte tag.
public enum XChaCha20 {
    /// Bytes.
    public static let keyLength = 32
    /// Bytes.
    public static let nonceLength = 24
    private static let cipher = SodiumAEAD(
        nonceLength: nonceLength, tagLength: 16, encrypt: crypto_aead_xchacha20poly1305_ietf_encrypt,
        decrypt: crypto_aead_xchacha20poly1305_ietf_decrypt)

    /// - Parameters:
    ///   - key: of ``keyLength`` bytes.
    ///   - nonce: of ``nonceLength`` bytes, never used before with this key.
    /// - Returns: nonce, ciphertext, tag.
    public static func seal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
        precondition(key.count == keyLength && nonce.count == nonceLength, "XChaCha20 takes 32 and 24 bytes")
        return cipher.seal(plaintext, key: key, nonce: nonce)
    }

    /// - Parameter ciphertext: nonce, ciphertext, tag.
    /// - Returns: `nil` when it is too short, was altered or was made with another key.
    public static func open(_ ciphertext: Bytes, key: Bytes) -> Bytes? {
        precondition(key.count == keyLength, "XChaCha20 keys have 32 bytes")
        return cipher.open(ciphertext, key: key)
    }
}
