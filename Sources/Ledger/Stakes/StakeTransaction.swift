import SessionCrypto
import SessionProtocol

/// A contributor's stake in a registered node (ledger §1.5).
public struct StakeTransaction: Sendable, Equatable {
    /// The node that is staked for.
    public var node: LegacyPublicKey
    /// Whose coins are locked.
    public var contributor: WalletAddress
    /// What leaves the wallet and is locked.
    public var amount: Amount
    /// Names the output together with ``contributor``: see ``KeyImage``.
    public var nonce: UInt64
    /// By the contributor's spend key over ``authorisedBytes``.
    public var signature: Bytes = []

    /// A signed stake.
    public init(node: LegacyPublicKey, contributor: WalletKeys, amount: Amount, nonce: UInt64) {
        self.node = node
        self.contributor = contributor.address
        self.amount = amount
        self.nonce = nonce
        signature = contributor.sign(authorisedBytes)
    }

    /// Names the output that is locked: 32 bytes.
    public var keyImage: Bytes { KeyImage.of(contributor, nonce: nonce) }

    /// What the contributor signs.
    public var authorisedBytes: Bytes {
        Bytes("contribution".utf8) + node.bytes + contributor.bytes + amount.atomic.littleEndianBytes
            + nonce.littleEndianBytes
    }
}
