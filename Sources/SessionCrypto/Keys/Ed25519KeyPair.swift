import CSodium
import SessionProtocol

/// A signing key pair of a node or an account (storage-node §1). Printing it shows the public half only.
public struct Ed25519KeyPair: Sendable, PublicHalfPrinted {
    /// 32 bytes, free to tell anyone.
    public let publicKey: Ed25519PublicKey
    /// 64 bytes in libsodium's form: seed, then public key.
    public let secretKey: Bytes

    /// - Parameter seed: 32 bytes.
    public init(seed: Bytes) throws(CryptoError) {
        try checkLength(of: "an Ed25519 seed", seed, 32)
        let publicBytes =
            switch CryptoCost.current {
            case .real: Self.realPublicKey(ofSeed: seed)
            case .modelled: ModelledKey.publicKey(ofScalar: ModelledKey.scalar(ofSeed: seed), as: .signing)
            }
        publicKey = .checked(publicBytes)
        secretKey = seed + publicBytes
    }

    /// - Returns: the 64-byte detached signature; equal messages give equal signatures.
    public func sign(_ message: Bytes) -> Bytes {
        switch CryptoCost.current {
        case .real: realSignature(of: message)
        case .modelled:
            ModelledSignature.sign(
                message, scalar: ModelledKey.scalar(ofSeed: secretKey), publicKey: publicKey.bytes)
        }
    }

    /// The same key as a key-agreement pair, by the birational map.
    public var x25519: X25519KeyPair {
        switch CryptoCost.current {
        case .real: X25519KeyPair(checkedSecretKey: realScalar)
        case .modelled: X25519KeyPair(checkedSecretKey: ModelledKey.scalar(ofSeed: secretKey))
        }
    }

    private static func realPublicKey(ofSeed seed: Bytes) -> Bytes {
        Sodium.start()
        var publicBytes = Bytes(repeating: 0, count: 32)
        var secretBytes = Bytes(repeating: 0, count: 64)
        crypto_sign_seed_keypair(&publicBytes, &secretBytes, seed)
        return publicBytes
    }

    private func realSignature(of message: Bytes) -> Bytes {
        Sodium.start()
        var signature = Bytes(repeating: 0, count: 64)
        crypto_sign_detached(&signature, nil, message, UInt64(message.count), secretKey)
        return signature
    }

    private var realScalar: Bytes {
        Sodium.start()
        var converted = Bytes(repeating: 0, count: 32)
        crypto_sign_ed25519_sk_to_curve25519(&converted, secretKey)
        return converted
    }

    var printed: String { "Ed25519 key pair of \(publicKey)" }
}

extension Ed25519PublicKey {
    /// Whether `signature` is this key's over `message`; a signature of another length than 64 bytes never is.
    public func verifies(_ signature: Bytes, of message: Bytes) -> Bool {
        isEd25519Signature(signature, of: message, by: bytes)
    }

    /// The key-agreement key of the same owner; `nil` when these bytes are no point of the curve's main group.
    public var x25519: X25519PublicKey? {
        switch CryptoCost.current {
        case .real: ConvertedKeys.known.key(for: self) { realX25519 }
        case .modelled: ModelledKey.agreementKey(ofSigningKey: bytes).flatMap(X25519PublicKey.init)
        }
    }

    private var realX25519: X25519PublicKey? {
        Sodium.start()
        var converted = Bytes(repeating: 0, count: 32)
        guard crypto_sign_ed25519_pk_to_curve25519(&converted, bytes) == 0 else { return nil }
        return X25519PublicKey(converted)
    }
}

func isEd25519Signature(_ signature: Bytes, of message: Bytes, by publicKey: Bytes) -> Bool {
    guard signature.count == 64 else { return false }
    switch CryptoCost.current {
    case .real:
        Sodium.start()
        return crypto_sign_verify_detached(signature, message, UInt64(message.count), publicKey) == 0
    case .modelled: return ModelledSignature.verifies(signature, of: message, by: publicKey)
    }
}
