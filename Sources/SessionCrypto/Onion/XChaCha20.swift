import CSodium
import SessionProtocol

/// XChaCha20-Poly1305 without additional data; the 16-byte tag follows the ciphertext.
enum XChaCha20 {
    static let nonceLength = 24
    private static let tagLength = 16

    static func seal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
        var sealed = Bytes(repeating: 0, count: plaintext.count + tagLength)
        crypto_aead_xchacha20poly1305_ietf_encrypt(
            &sealed, nil, plaintext, UInt64(plaintext.count), nil, 0, nil, nonce, key)
        return sealed
    }

    static func open(_ sealed: Bytes, key: Bytes, nonce: Bytes) -> Bytes? {
        guard sealed.count >= tagLength else { return nil }
        var plaintext = Bytes(repeating: 0, count: sealed.count - tagLength)
        let result = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &plaintext, nil, nil, sealed, UInt64(sealed.count), nil, 0, nonce, key)
        return result == 0 ? plaintext : nil
    }
}
