import SessionProtocol

/// Why a registration does not count; the coins stay in the wallet (ledger §1.3–1.5).
public struct RegistrationRefusal: Error, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        case wrongHardfork(named: UInt8, required: UInt8)
        case spotCount(Int, allowed: ClosedRange<Int>)
        /// `spot` counts from 0, the operator.
        case spotTooSmall(spot: Int, amount: Amount, minimum: Amount)
        case reservedTooMuch(spot: Int, amount: Amount, room: Amount)
        case feeTooHigh(basisPoints: UInt64, maximum: UInt64)
        case badNodeSignature
        case notFundedByOperator(funder: WalletAddress)
        case stakeBelowReservation(stake: Amount, reserved: Amount)
        case stakeTooLarge(stake: Amount, maximum: Amount)
        case repeatedAddress(WalletAddress)
        case alreadyRegistered
        case badFunderSignature
        case alreadyIncluded(transaction: Bytes)
        case unknownWallet(WalletAddress)
        case insufficientBalance(balance: Amount, stake: Amount)
    }

    public let node: LegacyPublicKey
    public let reason: Reason

    public init(node: LegacyPublicKey, reason: Reason) {
        self.node = node
        self.reason = reason
    }

    public var description: String { "registration of node \(node): \(reason.text)" }
}

extension RegistrationRefusal.Reason {
    var text: String {
        switch self {
        case .wrongHardfork(let named, let required):
            "it names hard fork \(named), this ledger is at \(required); sign it again for \(required)"
        case .spotCount(let count, let allowed):
            "it has \(count) contributor spots; \(allowed.lowerBound) to \(allowed.upperBound) are allowed"
        case .spotTooSmall(let spot, let amount, let minimum):
            "spot \(spot) reserves \(amount) coins; the minimum there is \(minimum)"
        case .reservedTooMuch(let spot, let amount, let room):
            "spot \(spot) reserves \(amount) coins, but only \(room) of the staking requirement are left"
        case .feeTooHigh(let fee, let maximum):
            "the operator's fee is \(fee) basis points; at most \(maximum) are possible"
        case .badNodeSignature: "the node's signature does not match; sign it with the node's legacy key"
        case .notFundedByOperator(let funder):
            "wallet \(funder) funds it, but the first stake must be the operator's"
        case .stakeBelowReservation(let stake, let reserved):
            "it stakes \(stake) coins, less than the \(reserved) the operator reserves; stake at least that"
        case .stakeTooLarge(let stake, let maximum):
            "it stakes \(stake) coins; at most \(maximum), 101 % of the operator's room, are allowed"
        case .repeatedAddress(let address): "wallet \(address) has more than one spot"
        case .alreadyRegistered: "the node is registered already"
        case .badFunderSignature: "the funding wallet's signature does not match"
        case .alreadyIncluded(let transaction):
            "transaction \(Hex.encode(transaction)) was submitted before; use another nonce"
        case .unknownWallet(let address): "wallet \(address) has never held coins on this ledger"
        case .insufficientBalance(let balance, let stake):
            "the wallet holds \(balance) coins, \(stake) are to be staked"
        }
    }
}
