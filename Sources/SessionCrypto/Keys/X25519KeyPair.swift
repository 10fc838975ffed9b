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
        publicKey =
            switch CryptoCost.current {
            case .real: .checked(Self.realPublicKey(of: secretKey))
            case .modelled: .checked(ModelledKey.publicKey(ofScalar: secretKey, as: .agreement))
            }
        self.secretKey = secretKey
    }

    /// The 32-byte secret both sides reach, not yet fit as a key.
    func sharedSecret(with other: X25519PublicKey) throws(CryptoError) -> Bytes {
        let secret =
            switch CryptoCost.current {
            case .real: realSharedSecret(with: other)
            case .modelled: ModelledKey.sharedSecret(ofScalar: secretKey, with: other.bytes)
            }
        guard let secret else { throw .lowOrderKey(other) }
        return secret
    }

    private static func realPublicKey(of secretKey: Bytes) -> Bytes {
        Sodium.start()
        var publicBytes = Bytes(repeating: 0, count: 32)
        crypto_scalarmult_base(&publicBytes, secretKey)
        return publicBytes
    }

    private func realSharedSecret(with other: X25519PublicKey) -> Bytes? {
        Sodium.start()
        var secret = Bytes(repeating: 0, count: 32)
        // libsodium refuses an all-zero result itself.
        return crypto_scalarmult(&secret, secretKey, other.bytes) == 0 ? secret : nil
    }

    var printed: String { "X25519 key pair of \(publicKey)" }
}
