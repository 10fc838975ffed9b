import CSodium
import SessionProtocol

/// A key-agreement pair: CURVE connections and onion layers (storage-node §1). Printing it shows the public half only.
public struct X25519KeyPair: Sendable, PublicHalfPrinted {
    /// 32 bytes, free to tell anyone.
    public let publicKey: X25519PublicKey
    /// 32 bytes.
    public let secretKey: Bytes

    /// - Parameter secretKey: 32 bytes; any are good, fresh random bytes make an ephemeral pair.
    public init(secretKey: Bytes) throws(CryptoError) {
        try checkLength(of: "an X25519 secret key", secretKey, 32)
        self.init(checkedSecretKey: secretKey)
    }

    init(checkedSecretKey secretKey: Bytes) {
        Sodium.start()
        var publicBytes = Bytes(repeating: 0, count: 32)
        crypto_scalarmult_base(&publicBytes, secretKey)
        publicKey = .checked(publicBytes)
        self.secretKey = secretKey
    }

    /// The 32-byte secret both sides reach, not yet fit as a key.
    func sharedSecret(with other: X25519PublicKey) throws(CryptoError) -> Bytes {
        var secret = Bytes(repeating: 0, count: 32)
        // libsodium refuses an all-zero result itself.
        guard crypto_scalarmult(&secret, secretKey, other.bytes) == 0 else { throw .lowOrderKey(other) }
        return secret
    }

    var printed: String { "X25519 key pair of \(publicKey)" }
}
