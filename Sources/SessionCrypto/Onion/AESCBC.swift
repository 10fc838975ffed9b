import CCrypto
import SessionProtocol

/// AES-256-CBC with PKCS#7 padding, unauthenticated: only for onions of old clients. A layer has the nonce and the
/// ciphertext.
enum AESCBC {
    static let nonceLength = 16

    static func seal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
        let cipher = EVPCipher(EVP_aes_256_cbc(), key: key, nonce: nonce, direction: .seal)
        guard let sealed = cipher.run(plaintext[...]) else { preconditionFailure("AES-CBC takes any plaintext") }
        return nonce + sealed
    }

    static func open(_ ciphertext: Bytes, key: Bytes) -> Bytes? {
        guard ciphertext.count >= nonceLength else { return nil }
        let nonce = Bytes(ciphertext[..<nonceLength])
        return EVPCipher(EVP_aes_256_cbc(), key: key, nonce: nonce, direction: .open).run(ciphertext[nonceLength...])
    }
}
