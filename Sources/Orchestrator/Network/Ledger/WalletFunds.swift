import Ledger
import SessionProtocol

/// What wallets can spend in the next block, kept up as transactions are put together, and topped up by the treasury.
struct WalletFunds: Sendable {
    private let wallets: WalletBook
    /// Atomic units. A wallet that never had anything is missing.
    private var free: [WalletAddress: UInt64]

    /// - Parameters:
    ///   - balances: after the top block.
    ///   - pending: what the next block holds already.
    init(_ balances: [WalletBalance], pending: [LedgerTransaction], wallets: WalletBook) {
        self.wallets = wallets
        free = Dictionary(uniqueKeysWithValues: balances.map { ($0.wallet, $0.free.atomic) })
        for transaction in pending {
            switch transaction {
            case .registration(let registration): spend(registration.stake, of: registration.funder)
            case .stake(let stake): spend(stake.amount, of: stake.contributor)
            case .transfer(let transfer):
                spend(transfer.amount, of: transfer.from)
                free[transfer.to, default: 0] &+= transfer.amount.atomic
            case .name(let name): spend(name.burn, of: name.owner)
            case .unlock, .stateChange: break
            }
        }
    }

    /// Spends an amount of a wallet.
    /// - Returns: the treasury's transfer of what the wallet lacks for it; nothing when it has enough.
    mutating func spend(_ amount: Amount, of name: String) -> [LedgerTransaction] {
        let wallet = wallets.keys(name)
        let there = free[wallet.address] ?? 0
        spend(amount, of: wallet.address)
        guard there < amount.atomic, name != WalletBook.treasury else { return [] }
        return [
            .transfer(
                TransferTransaction(
                    from: wallets.keys(WalletBook.treasury), to: wallet.address,
                    amount: Amount(atomic: amount.atomic - there), nonce: wallets.nonce()))
        ]
    }

    private mutating func spend(_ amount: Amount, of wallet: WalletAddress) {
        let there = free[wallet] ?? 0
        free[wallet] = there > amount.atomic ? there - amount.atomic : 0
    }
}
