import SessionCrypto
import SessionProtocol

/// A request to enter the list of service nodes, with the operator's stake in the same transaction (ledger §1.3).
public struct RegistrationTransaction: Sendable, Equatable {
    /// A contributor's place, kept free until it is filled.
    public struct Spot: Sendable, Equatable {
        public var address: WalletAddress
        /// Atomic units, or portions of the requirement (``LedgerConstants/portions``), by ``RegistrationForm``.
        public var value: UInt64

        public init(address: WalletAddress, value: UInt64) {
            self.address = address
            self.value = value
        }
    }

    /// A spot for someone else, in coins.
    public struct Reservation: Sendable, Equatable {
        public var address: WalletAddress
        public var amount: Amount

        public init(address: WalletAddress, amount: Amount) {
            self.address = address
            self.amount = amount
        }
    }

    /// How long a registration counts; it also tells its ``RegistrationForm``.
    public enum Validity: Sendable, Equatable {
        /// In this one hard fork, for ever; spots are amounts.
        case hardfork(UInt8)
        /// Up to this time in seconds since the Unix epoch, more than 255; spots are portions.
        case expires(Int64)

        /// From signing to expiry, in seconds.
        public static let lifetime: Int64 = 14 * 24 * 3_600

        /// Tells how spots and fee are worded.
        public var form: RegistrationForm { if case .expires = self { .portions } else { .amounts } }
        /// As it is signed: up to 255 a hard fork, above a time.
        var rawValue: UInt64 {
            switch self {
            case .hardfork(let version): UInt64(version)
            case .expires(let time): UInt64(bitPattern: time)
            }
        }
    }

    /// The node's identity.
    public var node: LegacyPublicKey
    /// The operator's comes first.
    public var spots: [Spot]
    /// The operator's share of rewards: basis points, or portions, by ``RegistrationForm``.
    public var fee: UInt64
    public var validity: Validity
    /// By the node's key over ``signedBytes``.
    public var nodeSignature: Bytes = []
    /// Whose coins are locked.
    public var funder: WalletAddress
    /// What leaves the funder's balance and is locked.
    public var stake: Amount
    /// Names the staked output together with ``funder``: see ``KeyImage``.
    public var nonce: UInt64
    /// By the funder's spend key over ``authorisedBytes``.
    public var funderSignature: Bytes = []

    /// A complete, signed registration whose operator funds it.
    ///
    /// - Parameters:
    ///   - stake: what the operator locks; below the staking requirement the node stays partial, without a swarm.
    ///   - reserved: the operator's spot; `nil` reserves `stake`, or the requirement if that is less.
    ///   - others: spots kept for further contributors.
    ///   - rules: of the ledger it is for.
    ///   - height: of the block that will hold it; matters where the requirement changes with the height.
    ///   - signedAt: seconds since the Unix epoch; a registration with portions expires 14 days later.
    public init(
        node: LegacyKeyPair, operator wallet: WalletKeys, stake: Amount, reserved: Amount? = nil,
        others: [Reservation] = [], feeBasisPoints: UInt64 = 0, rules: LedgerRules, height: UInt64 = 1,
        signedAt: Int64, nonce: UInt64 = 0
    ) {
        let requirement = rules.requirement(at: height)
        let own = Reservation(address: wallet.address, amount: reserved ?? min(stake, requirement))
        self.node = node.publicKey
        switch rules.form {
        case .amounts:
            spots = ([own] + others).map { Spot(address: $0.address, value: $0.amount.atomic) }
            fee = feeBasisPoints
            validity = .hardfork(rules.form.hardfork)
        case .portions:
            spots = Self.portions([own] + others, of: requirement)
            fee =
                feeBasisPoints > LedgerConstants.wholeFee
                ? .max : RewardSplit.feePortions(basisPoints: feeBasisPoints)
            validity = .expires(signedAt + Validity.lifetime)
        }
        funder = wallet.address
        self.stake = stake
        self.nonce = nonce
        sign(node: node, funder: wallet)
    }

    /// Replaces both signatures, after a field was changed.
    public mutating func sign(node: LegacyKeyPair, funder: WalletKeys) {
        nodeSignature = node.sign(signedBytes)
        funderSignature = funder.sign(authorisedBytes)
    }

    /// Names the output that is locked: 32 bytes.
    public var keyImage: Bytes { KeyImage.of(funder, nonce: nonce) }

    /// What the node signs: fee, each spot's keys and value, hard fork or expiry; numbers as 8 bytes, little-endian
    /// (ledger §1.3).
    public var signedBytes: Bytes {
        fee.littleEndianBytes + spots.flatMap { $0.address.bytes + $0.value.littleEndianBytes }
            + validity.rawValue.littleEndianBytes
    }

    /// What the funder signs: the whole transaction but its own signature.
    public var authorisedBytes: Bytes {
        Bytes("stake".utf8) + node.bytes + signedBytes + nodeSignature + funder.bytes + stake.atomic.littleEndianBytes
            + nonce.littleEndianBytes
    }

    /// Rounded up, so that they are worth the amounts when they are read, but never past the whole.
    private static func portions(_ reservations: [Reservation], of requirement: Amount) -> [Spot] {
        var room = LedgerConstants.portions
        var missing = requirement
        return reservations.map { reservation in
            // The spot that completes the requirement takes what rounding left.
            if reservation.amount == missing { return Spot(address: reservation.address, value: room) }
            guard reservation.amount <= requirement else { return Spot(address: reservation.address, value: .max) }
            let product = reservation.amount.atomic.multipliedFullWidth(by: LedgerConstants.portions)
            let (quotient, remainder) = requirement.atomic.dividingFullWidth(product)
            let value = quotient + (remainder > 0 ? 1 : 0)
            missing = missing.less(reservation.amount)
            room = room > value ? room - value : 0
            return Spot(address: reservation.address, value: value)
        }
    }
}
