import SessionCrypto
import SessionProtocol

/// A transaction that gives an account a name, or its name another account (ledger §6.7).
public struct NameRegistration: Sendable, Equatable {
    /// Who pays, and alone may change the record later.
    public var owner: WalletAddress
    public var name: NameHash
    public var record: NameRecord
    /// What leaves the owner's balance for good: the price of a new name, nothing for a change.
    public var burn: Amount
    /// Tells otherwise equal transactions apart.
    public var nonce: UInt64
    /// By the owner's spend key over ``authorisedBytes``.
    public var signature: Bytes

    /// A complete, signed transaction.
    /// - Parameter burn: as ``NameRegistry/price(of:hardfork:)`` says.
    public init(name: NameHash, record: NameRecord, owner: WalletKeys, burn: Amount, nonce: UInt64 = 0) {
        self.owner = owner.address
        self.name = name
        self.record = record
        self.burn = burn
        self.nonce = nonce
        signature = []
        signature = owner.sign(authorisedBytes)
    }

    /// Replaces the signature, after a field was changed.
    public mutating func sign(owner: WalletKeys) { signature = owner.sign(authorisedBytes) }

    /// What the owner signs: the whole transaction but its own signature; numbers as 8 bytes, little-endian.
    public var authorisedBytes: Bytes {
        Bytes("name".utf8) + owner.bytes + name.bytes + record.encryptedValue + record.nonce
            + burn.atomic.littleEndianBytes + nonce.littleEndianBytes
    }

    public var isSignedByOwner: Bool { owner.spend.verifies(signature, of: authorisedBytes) }

    /// 32 bytes that name this transaction.
    public var id: Bytes { Digest.blake2b(authorisedBytes, key: Bytes("transaction".utf8)) }
}

extension NameRegistration {
    /// Bencoded: `type` (name), `owner`, `name`, `value`, `value_nonce`, `burn`, `nonce`, `signature`.
    public var encoded: Bytes {
        Bencode.dictionary([
            "type": .text("name"), "owner": .bytes(owner.bytes), "name": .bytes(name.bytes),
            "value": .bytes(record.encryptedValue), "value_nonce": .bytes(record.nonce),
            "burn": Self.number(burn.atomic), "nonce": Self.number(nonce), "signature": .bytes(signature),
        ]).encoded
    }

    /// Reads ``encoded``; the signature is not checked.
    public init(decoding bytes: Bytes) throws(NameDecodingError) {
        // Why it is no bencode helps nobody: such bytes were never written by this ledger.
        guard let fields = try? Bencode(parsing: bytes) else { throw NameDecodingError(field: nil) }
        func read<Value>(_ field: String, _ value: (Bencode) -> Value?) throws(NameDecodingError) -> Value {
            guard let value = fields[field].flatMap(value) else { throw NameDecodingError(field: field) }
            return value
        }
        _ = try read("type") { $0.asText == "name" ? true : nil }
        owner = try read("owner") { $0.asBytes.flatMap(Self.address) }
        name = try read("name") { $0.asBytes.flatMap { NameHash($0) } }
        let value = try read("value") { $0.asBytes }
        record = try read("value_nonce") {
            $0.asBytes.flatMap { NameRecord(encryptedValue: value, nonce: $0) }
        }
        burn = Amount(atomic: try read("burn") { $0.asUnsigned })
        nonce = try read("nonce") { $0.asUnsigned }
        signature = try read("signature") { $0.asBytes }
    }

    private static func address(_ bytes: Bytes) -> WalletAddress? {
        guard let spend = Ed25519PublicKey(Bytes(bytes.prefix(32))),
            let view = Ed25519PublicKey(Bytes(bytes.dropFirst(32)))
        else { return nil }
        return WalletAddress(spend: spend, view: view)
    }

    private static func number(_ value: UInt64) -> Bencode {
        Int64(exactly: value).map(Bencode.integer) ?? .unsigned(value)
    }
}

/// Bytes that are no encoded name registration.
public struct NameDecodingError: Error, Equatable, CustomStringConvertible {
    /// The first that is missing or has another form; `nil` when the whole is no bencoded dictionary.
    public var field: String?

    public init(field: String?) { self.field = field }

    public var description: String {
        guard let field else { return "a stored name registration is no bencoded dictionary" }
        return "a stored name registration has no proper field \(field); the archive was damaged or is of a newer form"
    }
}
