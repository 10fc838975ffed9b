import SessionCrypto
import SessionProtocol

/// The purchase of a name, paid by burning coins (ledger §6.7).
public struct NameRegistration: Sendable, Equatable {
    /// BLAKE2b-256 of the lower-case name.
    public var nameHash: Bytes
    /// What the name stands for, readable to whoever knows the name.
    public var encryptedValue: Bytes
    /// 24 bytes, for ``encryptedValue``.
    public var valueNonce: Bytes
    public var owner: WalletAddress
    public var burn: Amount
    /// Tells otherwise equal purchases apart.
    public var nonce: UInt64
    /// By the owner's spend key over ``authorisedBytes``.
    public var signature: Bytes = []

    /// A signed purchase.
    public init(
        nameHash: Bytes, encryptedValue: Bytes, valueNonce: Bytes, owner: WalletKeys, burn: Amount, nonce: UInt64
    ) {
        self.nameHash = nameHash
        self.encryptedValue = encryptedValue
        self.valueNonce = valueNonce
        self.owner = owner.address
        self.burn = burn
        self.nonce = nonce
        signature = owner.sign(authorisedBytes)
    }

    /// What the owner signs.
    public var authorisedBytes: Bytes {
        Bytes("name".utf8) + nameHash + encryptedValue + valueNonce + owner.bytes + burn.atomic.littleEndianBytes
            + nonce.littleEndianBytes
    }
}
