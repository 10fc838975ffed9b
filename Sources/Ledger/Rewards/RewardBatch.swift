import SessionProtocol

/// Rewards that wait for their pay-out, by wallet (ledger §4.4, from hard fork 19).
///
/// Balances count thousandths of an atomic unit, so that a block's share divides finely; a pay-out moves whole atomic
/// units and leaves the rest. A block is one ``accrue(_:)`` and one ``payouts(at:)``; to take it back, call
/// ``restore(_:)`` with the payments, then ``retract(_:)`` with the credits.
public struct RewardBatch: Sendable, Equatable {
    /// Thousandths in one atomic unit.
    public static let milliPerAtomic: UInt64 = 1_000

    /// Blocks between two pay-outs of one wallet.
    public let interval: UInt64
    /// A smaller balance waits for another round.
    public let minimum: Amount
    /// Thousandths of an atomic unit, by wallet. A wallet that is owed nothing has no entry.
    public private(set) var balances: [WalletAddress: UInt64] = [:]
    /// The same wallets by their turn in the interval, so that a block looks only at those that are due.
    private var walletsByTurn: [UInt64: Set<WalletAddress>] = [:]

    /// - Parameters:
    ///   - interval: more than 0; 2,520 on the main network.
    ///   - minimum: one coin on every network.
    public init(interval: UInt64 = 2_520, minimum: Amount = .coins(1)) {
        precondition(interval > 0, "pay-outs are at least one block apart")
        self.interval = interval
        self.minimum = minimum
    }

    /// What the ledger owes in whole atomic units, were every wallet paid now; fractions of several wallets add up.
    public var owed: Amount { Amount(atomic: balances.values.reduce(0, +) / Self.milliPerAtomic) }

    /// Adds one block's credits.
    public mutating func accrue(_ credits: BatchCredits) {
        for (wallet, amount) in credits.amounts { add(amount, to: wallet) }
    }

    /// Takes back what ``accrue(_:)`` added; traps when it was not added before.
    public mutating func retract(_ credits: BatchCredits) {
        for (wallet, amount) in credits.amounts { subtract(amount, from: wallet) }
    }

    /// Pays every wallet whose turn it is and that is owed enough.
    /// - Returns: by address, as a block lists them; whole atomic units, which the balances lose.
    public mutating func payouts(at height: UInt64) -> [(WalletAddress, Amount)] {
        let payments = due(at: height)
        for (wallet, amount) in payments { subtract(amount.atomic * Self.milliPerAtomic, from: wallet) }
        return payments
    }

    /// Gives back what ``payouts(at:)`` took.
    public mutating func restore(_ payments: [(WalletAddress, Amount)]) {
        for (wallet, amount) in payments { add(amount.atomic * Self.milliPerAtomic, to: wallet) }
    }

    /// What a block at this height must pay; by address.
    public func due(at height: UInt64) -> [(WalletAddress, Amount)] {
        (walletsByTurn[height % interval] ?? []).sorted().compactMap { wallet in
            let amount = Amount(atomic: (balances[wallet] ?? 0) / Self.milliPerAtomic)
            return amount > .zero && amount >= minimum ? (wallet, amount) : nil
        }
    }

    private mutating func add(_ amount: UInt64, to wallet: WalletAddress) {
        guard amount > 0 else { return }
        let before = balances[wallet]
        balances[wallet] = (before ?? 0) + amount
        if before == nil { walletsByTurn[wallet.payoutTurn(interval: interval), default: []].insert(wallet) }
    }

    private mutating func subtract(_ amount: UInt64, from wallet: WalletAddress) {
        guard let balance = balances[wallet], balance >= amount else {
            preconditionFailure("wallet \(wallet) is owed less than the \(amount) thousandths to be taken")
        }
        guard balance == amount else {
            balances[wallet] = balance - amount
            return
        }
        balances[wallet] = nil
        let turn = wallet.payoutTurn(interval: interval)
        walletsByTurn[turn]?.remove(wallet)
        if walletsByTurn[turn]?.isEmpty == true { walletsByTurn[turn] = nil }
    }
}

extension WalletAddress {
    /// Which heights pay this wallet: those that leave this remainder. The first 8 bytes of the view key, little-endian,
    /// modulo the interval (ledger §4.4).
    public func payoutTurn(interval: UInt64) -> UInt64 {
        view.bytes.prefix(8).reversed().reduce(UInt64.zero) { $0 << 8 | UInt64($1) } % interval
    }

    /// The first height above `height` at which this wallet has its turn.
    public func nextPayout(after height: UInt64, interval: UInt64) -> UInt64 {
        let turn = payoutTurn(interval: interval)
        let inThisRound = height - height % interval + turn
        return inThisRound > height ? inThisRound : inThisRound + interval
    }
}
