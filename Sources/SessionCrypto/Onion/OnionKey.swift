import SessionProtocol

/// The symmetric key of one onion layer; it serves both directions (storage-node §7.2). Printing it shows the cipher
/// only.
public struct OnionKey: Sendable, PublicHalfPrinted {
    private let cipher: OnionCipher
    private let key: Bytes

    /// The client's side.
    /// - Throws: ``CryptoError/lowOrderKey(_:)`` for a node key that yields an all-zero secret.
    public init(client: X25519KeyPair, node: X25519PublicKey, cipher: OnionCipher) throws(CryptoError) {
        let shared = try client.sharedSecret(with: node)
        self.init(shared: shared, client: client.publicKey, node: node, cipher: cipher)
    }

    /// The node's side.
    /// - Throws: ``CryptoError/lowOrderKey(_:)`` for a client key that yields an all-zero secret.
    public init(node: X25519KeyPair, client: X25519PublicKey, cipher: OnionCipher) throws(CryptoError) {
        let shared = try node.sharedSecret(with: client)
        self.init(shared: shared, client: client, node: node.publicKey, cipher: cipher)
    }

    private init(shared: Bytes, client: X25519PublicKey, node: X25519PublicKey, cipher: OnionCipher) {
        self.cipher = cipher
        key =
            switch cipher {
            case .aesCBC: shared
            case .aesGCM: Self.keyOfAESGCM.authenticate(shared)
            case .xchacha20: Digest.blake2b(shared + client.bytes + node.bytes)
            }
    }

    private static let keyOfAESGCM = HMACSHA256(key: Bytes("LOKI".utf8))

    /// Bytes of fresh chance that ``seal(_:nonce:)`` takes.
    public static func nonceLength(of cipher: OnionCipher) -> Int {
        switch cipher {
        case .aesCBC: AESCBC.nonceLength
        case .aesGCM: AESGCM.nonceLength
        case .xchacha20: XChaCha20.nonceLength
        }
    }

    /// Encrypts one layer.
    ///
    /// - Parameter nonce: of ``nonceLength(of:)`` bytes, never used before with this key.
    /// - Returns: the nonce, then the ciphertext.
    public func seal(_ plaintext: Bytes, nonce: Bytes) -> Bytes {
        precondition(nonce.count == Self.nonceLength(of: cipher), "a nonce must have the cipher's length")
        return switch cipher {
        case .aesCBC: AESCBC.seal(plaintext, key: key, nonce: nonce)
        case .aesGCM: AESGCM.provider.seal(plaintext, key: key, nonce: nonce)
        case .xchacha20: XChaCha20.seal(plaintext, key: key, nonce: nonce)
        }
    }

    /// Decrypts what ``seal(_:nonce:)`` gives on the other side.
    ///
    /// aes-cbc is unauthenticated: altered bytes may decrypt to garbage instead of failing.
    /// - Throws: ``CryptoError/cannotDecrypt(_:)``.
    public func open(_ ciphertext: Bytes) throws(CryptoError) -> Bytes {
        let opened =
            switch cipher {
            case .aesCBC: AESCBC.open(ciphertext, key: key)
            case .aesGCM: AESGCM.provider.open(ciphertext, key: key)
            case .xchacha20: XChaCha20.open(ciphertext, key: key)
            }
        guard let opened else { throw .cannotDecrypt(cipher) }
        return opened
    }

    var printed: String { "\(cipher.rawValue) onion key" }
}
