import SessionCrypto
import SessionProtocol

/// A request to enter the list of service nodes, with the operator's stake in the same transaction (ledger §1.3, hard
/// fork 19).
public struct RegistrationTransaction: Sendable, Equatable {
    /// A contributor's place, kept free until it is filled.
    public struct Spot: Sendable, Equatable {
        public var address: WalletAddress
        public var amount: Amount

        public init(address: WalletAddress, amount: Amount) {
            self.address = address
            self.amount = amount
        }
    }

    /// The node's identity.
    public var node: LegacyPublicKey
    /// The operator's comes first.
    public var spots: [Spot]
    /// The operator's share of rewards, in basis points.
    public var feeBasisPoints: UInt64
    /// The one hard fork in which this registration counts.
    public var hardfork: UInt8
    /// By the node's key over ``signedBytes``.
    public var nodeSignature: Bytes
    /// Whose coins are locked.
    public var funder: WalletAddress
    /// What leaves the funder's balance and is locked.
    public var stake: Amount
    /// Tells otherwise equal transactions apart, so that a node may register again.
    public var nonce: UInt64
    /// By the funder's spend key over ``authorisedBytes``.
    public var funderSignature: Bytes

    /// A complete, signed registration whose operator funds it.
    ///
    /// - Parameters:
    ///   - stake: what the operator locks; below the staking requirement the node stays partial, without a swarm.
    ///   - reserved: the operator's spot; `nil` reserves all of `stake`.
    ///   - others: spots kept for further contributors.
    public init(
        node: LegacyKeyPair, operator wallet: WalletKeys, stake: Amount, reserved: Amount? = nil, others: [Spot] = [],
        feeBasisPoints: UInt64 = 0, nonce: UInt64 = 0
    ) {
        self.node = node.publicKey
        spots = [Spot(address: wallet.address, amount: reserved ?? stake)] + others
        self.feeBasisPoints = feeBasisPoints
        hardfork = LedgerConstants.hardfork
        funder = wallet.address
        self.stake = stake
        self.nonce = nonce
        nodeSignature = []
        funderSignature = []
        sign(node: node, funder: wallet)
    }

    /// Replaces both signatures, after a field was changed.
    public mutating func sign(node: LegacyKeyPair, funder: WalletKeys) {
        nodeSignature = node.sign(signedBytes)
        funderSignature = funder.sign(authorisedBytes)
    }

    /// What the node signs: fee, each spot's keys and amount, hard fork; numbers as 8 bytes, little-endian (ledger
    /// §1.3).
    public var signedBytes: Bytes {
        feeBasisPoints.littleEndianBytes
            + spots.flatMap { $0.address.bytes + $0.amount.atomic.littleEndianBytes }
            + UInt64(hardfork).littleEndianBytes
    }

    /// What the funder signs: the whole transaction but its own signature.
    public var authorisedBytes: Bytes {
        Bytes("stake".utf8) + node.bytes + signedBytes + nodeSignature + funder.bytes + stake.atomic.littleEndianBytes
            + nonce.littleEndianBytes
    }

    /// 32 bytes that name this transaction.
    public var id: Bytes { Digest.blake2b(authorisedBytes, key: Bytes("transaction".utf8)) }
}
