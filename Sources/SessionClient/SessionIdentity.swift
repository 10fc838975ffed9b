import SessionCrypto
import SessionProtocol

/// An account's keys, as every current client derives them (clients.md §1). Printing it shows the account only.
public struct SessionIdentity: Sendable, CustomStringConvertible {
    /// Signs requests to the account's own swarm.
    public let ed25519: Ed25519KeyPair
    /// Agrees on keys with other accounts; the converted Ed25519 pair.
    public let x25519: X25519KeyPair
    /// 05 and the X25519 public key.
    public let account: AccountID

    /// - Parameter seed: the account secret of 16 bytes that the recovery phrase spells.
    /// - Throws: ``CryptoError/wrongLength(of:expected:actual:)``.
    public init(seed: Bytes) throws(CryptoError) {
        guard seed.count == 16 else {
            throw .wrongLength(of: "an account seed", expected: 16, actual: seed.count)
        }
        ed25519 = try Ed25519KeyPair(seed: seed + Bytes(repeating: 0, count: 16))
        x25519 = ed25519.x25519
        account = AccountID(session: x25519.publicKey)
    }

    /// - Parameter recoveryPhrase: the 13 words that stand for the account's secret.
    /// - Throws: ``RecoveryPhrase/Malformed``, or ``CryptoError`` if libsodium refuses the keys.
    public init(recoveryPhrase: String) throws { try self.init(seed: RecoveryPhrase.decode(recoveryPhrase)) }

    public var description: String { "account \(account)" }
}
