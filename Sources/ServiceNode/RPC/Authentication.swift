import SessionCrypto
import SessionProtocol

/// Who signs a request, read from its fields in the order the reference reads them (storage-node §3.1, §5).
struct Authentication: Sendable, Equatable {
    /// Set for 05 accounts that name their signing key.
    var ed25519: Ed25519PublicKey?
    var signature: Bytes
    var subaccount: Subaccount?

    /// The raw fields of the auth block. Reading them checks types only.
    struct Fields {
        var ed25519: Bytes?
        var signature: Bytes?
        var subaccount: Bytes?
        var subaccountSignature: Bytes?
    }

    static func account(
        _ bytes: Bytes, error: String = "Pubkey must be 66 hex digits (33 bytes) long"
    ) throws(Refusal)
        -> AccountID
    {
        if bytes.count == 33, let account = AccountID(bytes) { return account }
        guard let decoded = Hex.decode(utf8: bytes), let account = AccountID(decoded) else { throw .invalid(error) }
        return account
    }

    init(_ fields: Fields, account: AccountID, encoding: RequestEncoding) throws(Refusal) {
        guard let signature = fields.signature else { throw .invalid("Required field 'signature' missing") }
        if let key = fields.ed25519 {
            guard account.prefix == AccountID.sessionPrefix else {
                throw .invalid("pubkey_ed25519 is only permitted for 05[...] pubkeys")
            }
            ed25519 = try Self.ed25519Key(key)
        }
        self.signature = try Self.signature(signature, encoding, problem: "signature")
        if let token = fields.subaccount, !token.isEmpty {
            guard let tokenSignature = fields.subaccountSignature else {
                throw .invalid("invalid subaccount: subaccount_sig is required when using subaccount")
            }
            subaccount = Subaccount(
                token: try Self.token(token, encoding),
                signature: try Self.signature(tokenSignature, encoding, problem: "subaccount signature"))
        }
    }

    private static func ed25519Key(_ bytes: Bytes) throws(Refusal) -> Ed25519PublicKey {
        if bytes.count == 64 {
            guard let decoded = Hex.decode(utf8: bytes), let key = Ed25519PublicKey(decoded) else {
                throw .invalid("invalid pubkey_ed25519: value is not hex")
            }
            return key
        }
        guard let key = Ed25519PublicKey(bytes) else {
            throw .invalid("Invalid pubkey_ed25519: expected 64 hex char or 32 byte pubkey")
        }
        return key
    }

    private static func signature(_ bytes: Bytes, _ encoding: RequestEncoding, problem: String) throws(Refusal) -> Bytes
    {
        switch encoding {
        case .json:
            let isPadded = bytes.count == 88 && bytes.suffix(2) == Bytes("==".utf8)
            guard bytes.count == 86 || isPadded,
                let decoded = bytes.withUnsafeBufferPointer({ Base64.decode(utf8: $0) }),
                decoded.count == 64
            else { throw .invalid("invalid \(problem): expected base64 encoded Ed25519 signature") }
            return decoded
        case .bencode:
            guard bytes.count == 64 else { throw .invalid("invalid signature: expected 64-byte Ed25519 signature") }
            return bytes
        }
    }

    private static func token(_ bytes: Bytes, _ encoding: RequestEncoding) throws(Refusal) -> Bytes {
        guard let token = Subaccount.token(bytes, encoding) else {
            switch encoding {
            case .json: throw .invalid("invalid subaccount: expected base64 or hex-encoded subaccount token")
            case .bencode: throw .invalid("invalid subaccount token: invalid token length")
            }
        }
        return token
    }

    /// The fields as a swarm peer is sent them (storage-node §8.1).
    var forwarded: [String: Bencode] {
        var fields: [String: Bencode] = ["signature": .bytes(signature)]
        if let ed25519 { fields["pubkey_ed25519"] = .bytes(ed25519.bytes) }
        if let subaccount {
            fields["subaccount"] = .bytes(subaccount.token)
            fields["subaccount_sig"] = .bytes(subaccount.signature)
        }
        return fields
    }

    /// Whether the signature over `text` is good for `account` with the access a request needs. Every way to fail looks the
    /// same to the caller.
    func permits(_ text: Bytes, account: AccountID, access: Subaccount.Access) -> Bool {
        let owner: Ed25519PublicKey?
        if let ed25519 {
            owner = ed25519.x25519?.bytes == account.key ? ed25519 : nil
        } else {
            owner = Ed25519PublicKey(account.key)
        }
        guard let owner else { return false }
        guard let subaccount else { return owner.verifies(signature, of: text) }
        guard let key = subaccount.key(for: account, owner: owner, access: access) else { return false }
        return key.verifies(signature, of: text)
    }
}
