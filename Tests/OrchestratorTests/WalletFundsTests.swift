import SessionProtocol
import Testing

@testable import Ledger
@testable import Orchestrator

@Suite struct WalletFundsTests {
    private let wallets = WalletBook(seed: 5)

    private func funds(_ balances: [(String, UInt64)], pending: [LedgerTransaction] = []) -> WalletFunds {
        WalletFunds(
            balances.map { name, coins in
                WalletBalance(
                    wallet: wallets.keys(name).address, free: .coins(coins), staked: .zero, locked: .zero,
                    accrued: .zero)
            }, pending: pending, wallets: wallets)
    }

    /// What the treasury sends, in whole coins; `nil` when nothing.
    private func sent(_ transactions: [LedgerTransaction], to name: String) throws -> UInt64? {
        guard let first = transactions.first else { return nil }
        guard case .transfer(let transfer) = first else { throw Unexpected() }
        #expect(transactions.count == 1)
        #expect(transfer.from == wallets.keys(WalletBook.treasury).address)
        #expect(transfer.to == wallets.keys(name).address)
        return transfer.amount.atomic / Amount.atomicPerCoin
    }

    @Test("Where the ledger names addresses, people read the names they gave their wallets")
    func names() {
        let (anna, berta) = (wallets.keys("anna").address, wallets.keys("berta").address)
        let stranger = WalletKeys(networkSeed: 6, name: "anna").address
        #expect(
            wallets.named(in: "\(anna) owes \(berta) what \(stranger) owes \(anna)")
                == "'anna' owes 'berta' what \(stranger) owes 'anna'")
    }

    private struct Unexpected: Error {}

    @Test("The treasury sends exactly what a wallet lacks, also for the second thing it pays in one block")
    func toppedUp() throws {
        var funds = funds([("anna", 100)])
        #expect(try sent(funds.spend(.coins(60), of: "anna"), to: "anna") == nil)
        #expect(try sent(funds.spend(.coins(60), of: "anna"), to: "anna") == 20)
        #expect(try sent(funds.spend(.coins(5), of: "anna"), to: "anna") == 5)
        #expect(try sent(funds.spend(.coins(7), of: "new"), to: "new") == 7)
        #expect(try sent(funds.spend(.coins(7), of: WalletBook.treasury), to: WalletBook.treasury) == nil)
    }

    @Test("What waits for the next block is counted as done")
    func pending() throws {
        let (anna, bert) = (wallets.keys("anna"), wallets.keys("bert"))
        let waiting: [LedgerTransaction] = [
            .transfer(TransferTransaction(from: anna, to: bert.address, amount: .coins(70), nonce: 1)),
            .stake(
                StakeTransaction(
                    node: try #require(LegacyPublicKey(Bytes(repeating: 1, count: 32))), contributor: bert,
                    amount: .coins(20),
                    nonce: 2)),
        ]
        let name = try SessionName("alice")
        let account = try #require(AccountID([5] + Bytes(repeating: 9, count: 32)))
        let bought = LedgerTransaction.name(
            NameRegistration(
                name: NameHash(of: name), record: NameRecord(of: account, named: name, chance: []), owner: anna,
                burn: .coins(20)))
        var poorer = funds([("anna", 100)], pending: waiting + [bought])
        #expect(try sent(poorer.spend(.coins(31), of: "anna"), to: "anna") == 21)
        var funds = funds([("anna", 100)], pending: waiting)
        #expect(try sent(funds.spend(.coins(31), of: "anna"), to: "anna") == 1)
        #expect(try sent(funds.spend(.coins(51), of: "bert"), to: "bert") == 1)
    }
}
