import SessionProtocol

/// Why a transaction does not count: which rule it breaks, with the numbers. It changes nothing, and whatever it would
/// have moved stays where it is.
public struct TransactionRefusal: Error, Equatable, CustomStringConvertible {
    /// The rules, in the words of ledger §1.3 to §1.6.
    public enum Reason: Sendable, Equatable {
        // Registrations.
        case wrongForm(RegistrationForm, required: RegistrationForm)
        case wrongHardfork(named: UInt8, required: UInt8)
        case spotCount(Int, allowed: ClosedRange<Int>)
        /// `spot` counts from 0, the operator. Amounts are what portions are worth.
        case spotTooSmall(spot: Int, amount: Amount, minimum: Amount)
        case reservedTooMuch(spot: Int, amount: Amount, room: Amount)
        /// Basis points, or portions.
        case feeTooHigh(UInt64, maximum: UInt64)
        /// Seconds since the Unix epoch.
        case expired(at: Int64, blockTime: Int64)
        case badNodeSignature
        case notFundedByOperator(funder: WalletAddress)
        case stakeBelowReservation(stake: Amount, reserved: Amount)
        case repeatedAddress(WalletAddress)
        case alreadyRegistered(height: UInt64)
        // Stakes.
        case notRegistered
        case alreadyFunded(requirement: Amount)
        case noSlotLeft(stakes: Int, reserved: Int, maximum: Int)
        /// Less than what the contributor's own spot still lacks.
        case reservationNotFilled(stake: Amount, unfilled: Amount)
        case stakeTooSmall(stake: Amount, minimum: Amount)
        /// More than 101 % of the room.
        case stakeTooLarge(stake: Amount, maximum: Amount)
        case keyImageLocked(by: LegacyPublicKey)
        /// The node whose stake it was has been deregistered.
        case keyImageBlacklisted(until: UInt64)
        case keyImageSpent
        // Unlock requests.
        case keyImageNotLocked(Bytes)
        case unlockPending(height: UInt64)
        case notOwner(WalletAddress)
        /// Stakes of less than 24.99 % wait until `height`.
        case smallStakeTooEarly(stake: Amount, minimum: Amount, height: UInt64)
        // Coins.
        case badSignature(by: WalletAddress)
        case alreadyIncluded(transaction: Bytes, height: UInt64)
        case unknownWallet(WalletAddress)
        case insufficientBalance(balance: Amount, needed: Amount)
        case nothingToTransfer
        // What others rule on.
        case stateChange(StateChangeFault)
        case name(NameRefusal)
    }

    /// What was refused.
    public let kind: LedgerTransaction.Kind
    /// The node it is about; `nil` when it is about none.
    public let node: LegacyPublicKey?
    /// The rule it breaks.
    public let reason: Reason

    public init(kind: LedgerTransaction.Kind, node: LegacyPublicKey?, reason: Reason) {
        self.kind = kind
        self.node = node
        self.reason = reason
    }

    public init(_ transaction: LedgerTransaction, _ reason: Reason) {
        self.init(kind: transaction.kind, node: transaction.node, reason: reason)
    }

    public var description: String {
        "\(kind.rawValue)\(node.map { " of node \($0)" } ?? ""): \(reason)"
    }
}
