import SessionProtocol

/// Why a cryptographic operation was refused. Texts never carry keys or plaintext.
public enum CryptoError: Error, Equatable, CustomStringConvertible {
    /// An input has another length than its algorithm takes, in bytes.
    case wrongLength(of: String, expected: Int, actual: Int)
    /// The 32 bytes are no secret scalar: zero, or not below the group's order.
    case invalidScalar
    /// Key agreement with this public key gives an all-zero secret, so the key is of low order (storage-node §7.2).
    case lowOrderKey(X25519PublicKey)
    /// A ciphertext that is too short, was altered, or was made with another key.
    case cannotDecrypt(OnionCipher)

    public var description: String {
        switch self {
        case .wrongLength(let what, let expected, let actual):
            "\(what) must be \(expected) bytes long, this one has \(actual)"
        case .invalidScalar: "a legacy secret key must be a scalar between 1 and the order of the Ed25519 group"
        case .lowOrderKey(let key): "X25519 public key \(key) is of low order; ask its owner for a proper one"
        case .cannotDecrypt(let cipher):
            "\(cipher.rawValue) ciphertext is damaged or was made for another key"
        }
    }
}

func checkLength(of what: String, _ bytes: Bytes, _ expected: Int) throws(CryptoError) {
    guard bytes.count == expected else {
        throw .wrongLength(of: what, expected: expected, actual: bytes.count)
    }
}
