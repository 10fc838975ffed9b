import Ledger
import SessionProtocol
import Testing

@Suite struct TransferTests {
    private static func transfer(_ coins: UInt64, from: Int = 0, to: Int = 1, nonce: UInt64 = 1) -> TransferTransaction
    {
        TransferTransaction(
            from: TestLedger.wallets[from], to: TestLedger.address(to), amount: .coins(coins), nonce: nonce)
    }

    @Test("Coins move once for each transfer, also to a wallet that never held any")
    func moves() throws {
        var ledger = TestLedger(balances: [TestLedger.address(0): .coins(10)])
        try ledger.chain.submit([.transfer(Self.transfer(3)), .transfer(Self.transfer(3, nonce: 2))])
        #expect(
            ledger.advance().events.first
                == .transferred(from: TestLedger.address(0), to: TestLedger.address(1), amount: .coins(3)))
        #expect(ledger.balance(0) == .coins(4) && ledger.balance(1) == .coins(6))
    }

    @Test("A transfer that breaks a rule is refused with it")
    func refusals() throws {
        var ledger = TestLedger(balances: [TestLedger.address(0): .coins(10)])
        var forged = Self.transfer(1)
        forged.amount = .coins(2)
        let cases: [(TransferTransaction, TransactionRefusal.Reason)] = [
            (forged, .badSignature(by: TestLedger.address(0))),
            (Self.transfer(0), .nothingToTransfer), (Self.transfer(1, to: 0), .nothingToTransfer),
            (Self.transfer(11), .insufficientBalance(balance: .coins(10), needed: .coins(11))),
            (Self.transfer(1, from: 2), .unknownWallet(TestLedger.address(2))),
        ]
        for (transfer, reason) in cases { #expect(ledger.refusal(.transfer(transfer)) == reason) }
        let good = LedgerTransaction.transfer(Self.transfer(1))
        #expect(ledger.refusal(good) == nil)
        let again = TransactionRefusal.Reason.alreadyIncluded(transaction: good.id, height: 1)
        #expect(ledger.refusal(good) == again, "while it waits")
        ledger.advance()
        #expect(ledger.refusal(good) == again, "when it is in a block")
    }
}
