import CSodium
import SessionProtocol

/// A node's registry key pair, "primary" on the ledger: a bare scalar and its point, without clamping
/// (storage-node §1). Printing it shows the public half only.
///
/// Signatures have Ed25519's form and verify as Ed25519 signatures, so a node whose legacy key equals its Ed25519 key
/// is no special case. Only the ledger of this network reads them.
public struct LegacyKeyPair: Sendable, PublicHalfPrinted {
    /// 32 bytes, free to tell anyone.
    public let publicKey: LegacyPublicKey
    /// 32 bytes, little-endian.
    public let scalar: Bytes

    /// Derives the scalar from a seed.
    ///
    /// - Parameter seed: 32 bytes.
    public init(seed: Bytes) throws(CryptoError) {
        try checkLength(of: "a legacy key seed", seed, 32)
        try self.init(scalar: Self.reduce(Digest.blake2b(seed, key: Bytes("legacy scalar".utf8), length: 64)))
    }

    /// Takes a secret as the ledger hands it out (`service_node_privkey`).
    ///
    /// - Parameter scalar: 32 bytes, little-endian, below the group's order and not zero.
    public init(scalar: Bytes) throws(CryptoError) {
        try checkLength(of: "a legacy secret key", scalar, 32)
        guard Self.reduce(scalar + Bytes(repeating: 0, count: 32)) == scalar, scalar.contains(where: { $0 != 0 })
        else { throw .invalidScalar }
        publicKey =
            switch CryptoCost.current {
            case .real: .checked(Self.realPoint(of: scalar))
            case .modelled: .checked(ModelledKey.publicKey(ofScalar: scalar, as: .signing))
            }
        self.scalar = scalar
    }

    /// - Returns: the 64-byte detached signature; equal messages give equal signatures.
    public func sign(_ message: Bytes) -> Bytes {
        switch CryptoCost.current {
        case .real: realSignature(of: message)
        case .modelled: ModelledSignature.sign(message, scalar: scalar, publicKey: publicKey.bytes)
        }
    }

    private func realSignature(of message: Bytes) -> Bytes {
        // The nonce must be secret and never serve two messages, so it comes from the scalar and the whole message.
        let prefix = Digest.blake2b(scalar, key: Bytes("legacy signing nonce".utf8))
        let nonce = Self.reduce(Digest.sha512(prefix + message))
        let commitment = Self.realPoint(of: nonce)
        let challenge = Self.reduce(Digest.sha512(commitment + publicKey.bytes + message))
        var product = Bytes(repeating: 0, count: 32)
        var response = Bytes(repeating: 0, count: 32)
        crypto_core_ed25519_scalar_mul(&product, challenge, scalar)
        crypto_core_ed25519_scalar_add(&response, product, nonce)
        return commitment + response
    }

    /// - Parameter scalar: below the group's order and not zero; no hash is known to give zero.
    private static func realPoint(of scalar: Bytes) -> Bytes {
        var point = Bytes(repeating: 0, count: 32)
        guard crypto_scalarmult_ed25519_base_noclamp(&point, scalar) == 0 else {
            preconditionFailure("a scalar between zero and the group's order gives a point")
        }
        return point
    }

    /// 64 little-endian bytes modulo the group's order.
    private static func reduce(_ wide: Bytes) -> Bytes {
        Sodium.start()
        var scalar = Bytes(repeating: 0, count: 32)
        crypto_core_ed25519_scalar_reduce(&scalar, wide)
        return scalar
    }

    var printed: String { "legacy key pair of \(publicKey)" }
}

extension LegacyPublicKey {
    /// Whether `signature` is this key's over `message`; a signature of another length than 64 bytes never is.
    public func verifies(_ signature: Bytes, of message: Bytes) -> Bool {
        isEd25519Signature(signature, of: message, by: bytes)
    }
}
