import CCrypto
import CSodium
import SessionProtocol

/// AES-256-GCM without additional data; the 16-byte tag follows the ciphertext.
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
            case .libsodium: AESGCM.sodiumSeal(plaintext, key: key, nonce: nonce)
            case .libcrypto: AESGCM.libcryptoSeal(plaintext, key: key, nonce: nonce)
            }
        }

        func open(_ sealed: Bytes, key: Bytes, nonce: Bytes) -> Bytes? {
            guard sealed.count >= AESGCM.tagLength else { return nil }
            return switch self {
            case .libsodium: AESGCM.sodiumOpen(sealed, key: key, nonce: nonce)
            case .libcrypto: AESGCM.libcryptoOpen(sealed, key: key, nonce: nonce)
            }
        }
    }

    static let provider: Provider = {
        Sodium.start()
        return crypto_aead_aes256gcm_is_available() == 1 ? .libsodium : .libcrypto
    }()

    private static func sodiumSeal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
        var sealed = Bytes(repeating: 0, count: plaintext.count + tagLength)
        crypto_aead_aes256gcm_encrypt(&sealed, nil, plaintext, UInt64(plaintext.count), nil, 0, nil, nonce, key)
        return sealed
    }

    private static func sodiumOpen(_ sealed: Bytes, key: Bytes, nonce: Bytes) -> Bytes? {
        var plaintext = Bytes(repeating: 0, count: sealed.count - tagLength)
        let result = crypto_aead_aes256gcm_decrypt(
            &plaintext, nil, nil, sealed, UInt64(sealed.count), nil, 0, nonce, key)
        return result == 0 ? plaintext : nil
    }

    private static func libcryptoSeal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
        let cipher = EVPCipher(EVP_aes_256_gcm(), key: key, nonce: nonce, direction: .seal)
        guard var sealed = cipher.run(plaintext) else { preconditionFailure("AES-GCM takes any plaintext") }
        var tag = Bytes(repeating: 0, count: tagLength)
        cipher.control(EVP_CTRL_GCM_GET_TAG, &tag)
        sealed += tag
        return sealed
    }

    private static func libcryptoOpen(_ sealed: Bytes, key: Bytes, nonce: Bytes) -> Bytes? {
        let cipher = EVPCipher(EVP_aes_256_gcm(), key: key, nonce: nonce, direction: .open)
        var tag = Bytes(sealed.suffix(tagLength))
        cipher.control(EVP_CTRL_GCM_SET_TAG, &tag)
        return cipher.run(Bytes(sealed.dropLast(tagLength)))
    }
}
