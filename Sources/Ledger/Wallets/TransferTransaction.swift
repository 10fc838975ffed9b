import SessionCrypto
import SessionProtocol

/// Coins for another wallet. There are no fees.
public struct TransferTransaction: Sendable, Equatable {
    public var from: WalletAddress
    public var to: WalletAddress
    /// More than nothing.
    public var amount: Amount
    /// Tells otherwise equal transfers apart.
    public var nonce: UInt64
    /// By the sender's spend key over ``authorisedBytes``.
    public var signature: Bytes = []

    /// A signed transfer.
    public init(from: WalletKeys, to: WalletAddress, amount: Amount, nonce: UInt64) {
        self.from = from.address
        self.to = to
        self.amount = amount
        self.nonce = nonce
        signature = from.sign(authorisedBytes)
    }

    /// What the sender signs.
    public var authorisedBytes: Bytes {
        Bytes("transfer".utf8) + from.bytes + to.bytes + amount.atomic.littleEndianBytes + nonce.littleEndianBytes
    }
}
