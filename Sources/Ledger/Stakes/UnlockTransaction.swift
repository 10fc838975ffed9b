import SessionCrypto
import SessionProtocol

/// A contributor's wish to have a stake back, which ends the node for everyone in it (ledger §1.6).
public struct UnlockTransaction: Sendable, Equatable {
    /// The node that will leave.
    public var node: LegacyPublicKey
    /// Of one stake in the node.
    public var keyImage: Bytes
    /// Tells otherwise equal requests apart.
    public var nonce: UInt64
    /// By the spend key of the wallet that owns the stake, over ``authorisedBytes``. On the real network the output's
    /// own key signs the nonce only; here the signature covers everything.
    public var signature: Bytes = []

    /// A signed request.
    public init(node: LegacyPublicKey, keyImage: Bytes, owner: WalletKeys, nonce: UInt64 = 0) {
        self.node = node
        self.keyImage = keyImage
        self.nonce = nonce
        signature = owner.sign(authorisedBytes)
    }

    /// What the owner signs.
    public var authorisedBytes: Bytes {
        Bytes("unlock".utf8) + node.bytes + keyImage + nonce.littleEndianBytes
    }
}
