import CCrypto
import SessionProtocol

/// AES-256-CBC with PKCS#7 padding, unauthenticated: only for onions of old clients.
enum AESCBC {
    static let nonceLength = 16

    static func seal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
        let cipher = EVPCipher(EVP_aes_256_cbc(), key: key, nonce: nonce, direction: .seal)
        guard let sealed = cipher.run(plaintext) else { preconditionFailure("AES-CBC takes any plaintext") }
        return sealed
    }

    static func open(_ sealed: Bytes, key: Bytes, nonce: Bytes) -> Bytes? {
        EVPCipher(EVP_aes_256_cbc(), key: key, nonce: nonce, direction: .open).run(sealed)
    }
}
