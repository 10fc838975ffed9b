import CCrypto
import CSodium
import SessionProtocol

/// AES-256-GCM without additional data. A layer has the nonce, the ciphertext and the 16-byte tag.
enum AESGCM {
    static let nonceLength = 12
    private static let tagLength = 16

    /// Whose code does the work. Both give the same bytes.
    enum Provider: CaseIterable {
        case libsodium
        /// For processors whose AES instructions libsodium does not know; it has no portable code.
        case libcrypto

        func seal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
            switch self {
            case .libsodium: AESGCM.sodium.seal(plaintext, key: key, nonce: nonce)
            case .libcrypto: AESGCM.libcryptoSeal(plaintext, key: key, nonce: nonce)
            }
        }

        func open(_ ciphertext: Bytes, key: Bytes) -> Bytes? {
            switch self {
            case .libsodium: AESGCM.sodium.open(ciphertext, key: key)
            case .libcrypto: AESGCM.libcryptoOpen(ciphertext, key: key)
            }
        }
    }

    static let provider: Provider = {
        Sodium.start()
        return crypto_aead_aes256gcm_is_available() == 1 ? .libsodium : .libcrypto
    }()

    private static let sodium = SodiumAEAD(
        nonceLength: nonceLength, tagLength: tagLength, encrypt: crypto_aead_aes256gcm_encrypt,
        decrypt: crypto_aead_aes256gcm_decrypt)

    private static func libcryptoSeal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
        let cipher = EVPCipher(EVP_aes_256_gcm(), key: key, nonce: nonce, direction: .seal)
        guard let sealed = cipher.run(plaintext[...]) else { preconditionFailure("AES-GCM takes any plaintext") }
        var tag = Bytes(repeating: 0, count: tagLength)
        cipher.control(EVP_CTRL_GCM_GET_TAG, &tag)
        return nonce + sealed + tag
    }

    private static func libcryptoOpen(_ ciphertext: Bytes, key: Bytes) -> Bytes? {
        guard ciphertext.count >= nonceLength + tagLength else { return nil }
        let nonce = Bytes(ciphertext[..<nonceLength])
        let cipher = EVPCipher(EVP_aes_256_gcm(), key: key, nonce: nonce, direction: .open)
        var tag = Bytes(ciphertext.suffix(tagLength))
        cipher.control(EVP_CTRL_GCM_SET_TAG, &tag)
        return cipher.run(ciphertext[nonceLength...].dropLast(tagLength))
    }
}
