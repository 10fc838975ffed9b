import CSodium
import SessionProtocol

/// XChaCha20-Poly1305 without additional data. A layer has the nonce, the ciphertext and the 16-byte tag.
enum XChaCha20 {
    static let nonceLength = 24
    private static let cipher = SodiumAEAD(
        nonceLength: nonceLength, tagLength: 16, encrypt: crypto_aead_xchacha20poly1305_ietf_encrypt,
        decrypt: crypto_aead_xchacha20poly1305_ietf_decrypt)

    static func seal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
        cipher.seal(plaintext, key: key, nonce: nonce)
    }

    static func open(_ ciphertext: Bytes, key: Bytes) -> Bytes? {
        cipher.open(ciphertext, key: key)
    }
}
