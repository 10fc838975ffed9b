import Ledger
import SessionProtocol

extension Testnet {
    /// Gives an account a name, or a name of the wallet another account. The treasury gives the wallet what it lacks of
    /// the price.
    /// - Parameter wallet: who pays, and alone may change the name later; a new one is a new wallet.
    /// - Returns: what became of it, and what it burns.
    /// - Throws: ``NetworkError/ledgerRefused(what:reason:)`` when the name is another wallet's.
    @discardableResult
    public func name(
        _ account: AccountID, _ name: SessionName, wallet: String = "treasury"
    ) async throws -> (receipt: LedgerReceipt, burnt: Amount) {
        try WalletBook.requireUsable(wallet)
        let ledger = try requireLedger()
        let wallets = ledger.operators.wallets
        let hash = NameHash(of: name)
        let price = await ledger.daemon.price(of: hash)
        let nonce = wallets.nonce()
        let record = NameRecord(of: account, named: name, chance: Bytes("\(wallet) \(nonce)".utf8))
        let registration = NameRegistration(
            name: hash, record: record, owner: wallets.keys(wallet), burn: price, nonce: nonce)
        var funds = await ledger.funds()
        do {
            return (try await submit(funds.spend(price, of: wallet) + [.name(registration)]), price)
        } catch NetworkError.ledgerRefused(let what, let reason) {
            // The ledger knows the name by its hash only.
            throw NetworkError.ledgerRefused(what: what, reason: reason.replacing("\(hash)", with: "'\(name)'"))
        }
    }
}
