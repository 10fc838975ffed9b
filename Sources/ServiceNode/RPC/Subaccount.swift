import SessionCrypto
import SessionProtocol

/// A token with which an account lets another key act for it (storage-node §5).
struct Subaccount: Sendable, Equatable {
    static let tokenLength = 36

    /// What a token grants, as bits of its second byte.
    struct Access: OptionSet, Sendable {
        let rawValue: UInt8
        static let read = Access(rawValue: 0x01)
        static let write = Access(rawValue: 0x02)
        static let delete = Access(rawValue: 0x04)
        /// Not asked for by requests: the token is good under any type byte.
        static let anyPrefix = Access(rawValue: 0x08)
    }

    /// Network prefix, flags, two reserved bytes, the subaccount's Ed25519 key: 36 bytes.
    let token: Bytes
    /// The account's signature of the whole token: 64 bytes.
    let signature: Bytes

    /// Whether the token's flags name this access. Says nothing of whether the token is valid.
    func grants(_ access: Access) -> Bool { Access(rawValue: token[1]).isSuperset(of: access) }

    /// Whether the token is good under an account's type byte.
    func isFor(_ account: AccountID) -> Bool { token[0] == account.prefix || grants(.anyPrefix) }

    /// A token as requests carry it: base64 or hex in JSON, raw in bencode.
    /// - Returns: `nil` for anything else.
    static func token(_ bytes: Bytes, _ encoding: RequestEncoding) -> Bytes? {
        let token: Bytes? =
            switch (encoding, bytes.count) {
            case (.json, 48): bytes.withUnsafeBufferPointer { Base64.decode(utf8: $0) }
            case (.json, 72): Hex.decode(utf8: bytes)
            case (.bencode, _): bytes
            default: nil
            }
        return token?.count == tokenLength ? token : nil
    }

    /// The key the token speaks for, when it is valid for `account` and grants `access`.
    func key(for account: AccountID, owner: Ed25519PublicKey, access: Access) -> Ed25519PublicKey? {
        guard isFor(account), grants(access),
            owner.verifies(signature, of: token)
        else { return nil }
        return Ed25519PublicKey(Bytes(token[4...]))
    }
}
