import SessionCrypto
import SessionProtocol

/// The account behind a name, readable by whoever knows the name (ledger §6.7).
public struct NameRecord: Sendable, Hashable {
    /// 49 bytes: the account's 33 and a tag.
    public let encryptedValue: Bytes
    /// 24 bytes.
    public let nonce: Bytes

    static let valueLength = 49

    /// - Returns: `nil` unless the lengths are those of a record.
    public init?(encryptedValue: Bytes, nonce: Bytes) {
        guard encryptedValue.count == Self.valueLength, nonce.count == XChaCha20.nonceLength else { return nil }
        self.encryptedValue = encryptedValue
        self.nonce = nonce
    }

    /// Encrypts an account's id under a name.
    /// - Parameter chance: any bytes; with the name and the account they fix the nonce, so that a seed gives the same
    ///   record again. Two accounts under one name never share a nonce.
    public init(of account: AccountID, named name: SessionName, chance: Bytes) {
        let derived = Digest.blake2b(
            NameHash(of: name).bytes + account.bytes + chance, key: Bytes("name nonce".utf8),
            length: XChaCha20.nonceLength)
        let sealed = XChaCha20.seal(account.bytes, key: Self.key(of: name), nonce: derived)
        nonce = derived
        encryptedValue = Bytes(sealed.dropFirst(XChaCha20.nonceLength))
    }

    /// - Returns: `nil` when the record is another name's, was altered, or holds no account.
    public func account(named name: SessionName) -> AccountID? {
        XChaCha20.open(nonce + encryptedValue, key: Self.key(of: name)).flatMap { AccountID($0) }
    }

    /// The name's own hash, keyed with the hash that the ledger shows.
    private static func key(of name: SessionName) -> Bytes {
        Digest.blake2b(Bytes(name.text.utf8), key: NameHash(of: name).bytes)
    }
}
