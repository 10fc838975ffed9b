import SessionProtocol

extension TransactionRefusal.Reason: CustomStringConvertible {
    /// The rule, the numbers, and what to do.
    public var description: String {
        registrationText ?? stakeText ?? unlockText ?? coinText
    }

    private var registrationText: String? {
        switch self {
        case .wrongForm(let form, let required):
            "its spots are \(form.rawValue), this ledger wants \(required.rawValue); sign it for hard fork "
                + "\(required.hardfork)"
        case .wrongHardfork(let named, let required):
            "it names hard fork \(named), this ledger is at \(required); sign it again for \(required)"
        case .spotCount(let count, let allowed):
            "it has \(count) contributor spots; \(allowed.lowerBound) to \(allowed.upperBound) are allowed"
        case .spotTooSmall(let spot, let amount, let minimum):
            "spot \(spot) reserves \(amount) coins; the minimum there is \(minimum)"
        case .reservedTooMuch(let spot, let amount, let room):
            "spot \(spot) reserves \(amount) coins, but only \(room) of the staking requirement are left"
        case .feeTooHigh(let fee, let maximum): "the operator's fee is \(fee) parts of \(maximum), more than all"
        case .expired(let time, let blockTime):
            "it expired at \(time) and the block's time is \(blockTime) (Unix seconds); sign it again"
        case .badNodeSignature: "the node's signature does not match; sign it with the node's legacy key"
        case .notFundedByOperator(let funder):
            "wallet \(funder) funds it, but the first stake must be the operator's"
        case .stakeBelowReservation(let stake, let reserved):
            "it stakes \(stake) coins, less than the \(reserved) the operator reserves; stake at least that"
        case .repeatedAddress(let address): "wallet \(address) has more than one spot"
        case .alreadyRegistered(let height): "the node is registered already, since height \(height)"
        default: nil
        }
    }

    private var stakeText: String? {
        switch self {
        case .notRegistered: "the node is not registered"
        case .alreadyFunded(let requirement): "the node's \(requirement) coins are complete; nothing can be added"
        case .noSlotLeft(let stakes, let reserved, let maximum):
            "the node holds \(stakes) stakes and keeps \(reserved) spots for others; \(maximum) are possible"
        case .reservationNotFilled(let stake, let unfilled):
            "it stakes \(stake) coins, but the wallet's spot must be filled in one go and lacks \(unfilled)"
        case .stakeTooSmall(let stake, let minimum): "it stakes \(stake) coins; the minimum now is \(minimum)"
        case .stakeTooLarge(let stake, let maximum):
            "it stakes \(stake) coins; at most \(maximum), 101 % of the room, are allowed"
        case .keyImageLocked(let node): "its key image is locked by node \(node); use another nonce"
        case .keyImageBlacklisted(let height):
            "its key image is locked until height \(height), as its node was deregistered; use another nonce"
        case .keyImageSpent: "its key image was spent before; use another nonce"
        default: nil
        }
    }

    private var unlockText: String? {
        switch self {
        case .keyImageNotLocked(let image): "key image \(Hex.encode(image)) is no stake in this node"
        case .unlockPending(let height): "the node leaves after height \(height) already"
        case .notOwner(let wallet): "the signature is not that of wallet \(wallet), which owns the stake"
        case .smallStakeTooEarly(let stake, let minimum, let height):
            "the stake is \(stake) coins; below \(minimum) it cannot be asked for before height \(height)"
        default: nil
        }
    }

    private var coinText: String {
        switch self {
        case .badSignature(let wallet): "the signature is not that of wallet \(wallet)"
        case .alreadyIncluded(let transaction, let height):
            "transaction \(Hex.encode(transaction)) is in block \(height) already; use another nonce"
        case .unknownWallet(let address): "wallet \(address) has never held coins on this ledger"
        case .insufficientBalance(let balance, let needed):
            "the wallet holds \(balance) coins, \(needed) are needed"
        case .nothingToTransfer: "it transfers nothing"
        case .stateChange(let fault): "\(fault)"
        case .name(let refusal): "\(refusal)"
        default: ""
        }
    }
}
