import Ledger
import SessionCrypto
import SessionProtocol
import Testing

/// Ways to get a node without owning the coins, or to get two for the coins of one.
@Suite struct SybilTests {
    private typealias Reason = TransactionRefusal.Reason

    /// A ledger of each preset with: node 1 registered by wallet 0 (nonce 1), node 2 deregistered with the stake of
    /// wallet 1 (nonce 2), node 3 gone by wish with the stake of wallet 2 (nonce 3), node 4 half staked by wallet 3.
    private static func ledger(_ preset: LedgerRules.Preset) throws -> TestLedger {
        var ledger = TestLedger(TestLedger.rules(preset) { $0.deregistrationLockBlocks = 200 })
        for node in 1...3 { try ledger.register(node, by: node - 1) }
        try ledger.register(4, by: 3, stake: .coins(50))
        try ledger.unlock(3, by: 2)
        try ledger.force(.deregister, 2)
        ledger.advance(16)
        return ledger
    }

    private struct Attempt {
        let what: String
        let transaction: LedgerTransaction
        let reason: Reason

        init(_ what: String, _ transaction: LedgerTransaction, _ reason: Reason) {
            self.what = what
            self.transaction = transaction
            self.reason = reason
        }
    }

    private static func registration(
        _ ledger: TestLedger, _ node: Int = 5, by wallet: Int = 4, stake: Amount = .coins(100), nonce: UInt64 = 900,
        change: (inout RegistrationTransaction) -> Void = { _ in }
    ) -> LedgerTransaction {
        var made = ledger.registration(node, by: wallet, stake: stake, reserved: .coins(100), nonce: nonce)
        change(&made)
        return .registration(made)
    }

    private static func stake(_ coins: UInt64, by wallet: Int, nonce: UInt64 = 901) -> StakeTransaction {
        StakeTransaction(
            node: TestLedger.key(4), contributor: TestLedger.wallets[wallet], amount: .coins(coins), nonce: nonce)
    }

    /// Coins that are not there, or that are used already.
    private static func withoutCoins(on ledger: TestLedger) throws -> [Attempt] {
        let poor = WalletKeys(networkSeed: 7, name: "poor")
        let whole = ledger.registration(5, by: 4, nonce: 900).spots[0].value
        let until = try #require(ledger.chain.state.blacklist.first).unlockHeight
        let more = Amount(atomic: 100_500_000_000)
        let byStranger = registration(ledger) {
            $0.funder = poor.address
            $0.spots = [.init(address: poor.address, value: whole)]
            $0.sign(node: TestLedger.keys(5).legacy, funder: poor)
        }
        let locked = Reason.keyImageLocked(by: TestLedger.key(1))
        return [
            Attempt("no coins", byStranger, .unknownWallet(poor.address)),
            Attempt(
                "too few coins", registration(ledger, by: 0, stake: more),
                .insufficientBalance(balance: ledger.balance(0), needed: more)),
            Attempt(
                "no stake at all", registration(ledger, stake: .zero),
                .stakeBelowReservation(stake: .zero, reserved: .coins(100))),
            Attempt("a locked output", registration(ledger, by: 0, nonce: 1), locked),
            Attempt(
                "a blacklisted output", registration(ledger, by: 1, nonce: 2), .keyImageBlacklisted(until: until)),
            Attempt("a spent output", registration(ledger, by: 2, nonce: 3), .keyImageSpent),
            Attempt("a locked output for half a node", .stake(stake(50, by: 0, nonce: 1)), locked),
        ]
    }

    /// Other people's keys and transactions, and too much of one's own.
    private static func withForeignKeys(on ledger: TestLedger) -> [Attempt] {
        let old = ledger.chain.blocks[3].transactions[0]
        var signedByOther = stake(50, by: 5)
        signedByOther.contributor = TestLedger.address(6)
        let keys = [TestLedger.keys(5).legacy, TestLedger.keys(6).legacy]
        return [
            Attempt(
                "another node's key", registration(ledger) { $0.sign(node: keys[1], funder: TestLedger.wallets[4]) },
                .badNodeSignature),
            Attempt(
                "another wallet's signature",
                registration(ledger) { $0.sign(node: keys[0], funder: TestLedger.wallets[5]) },
                .badSignature(by: TestLedger.address(4))),
            Attempt(
                "another wallet's coins for half a node", .stake(signedByOther),
                .badSignature(by: TestLedger.address(6))),
            Attempt("a node that is there", registration(ledger, 1), .alreadyRegistered(height: 1)),
            Attempt("an old registration again", old, .alreadyIncluded(transaction: old.id, height: 3)),
            Attempt(
                "too much for a whole node", registration(ledger, stake: .coins(102)),
                .stakeTooLarge(stake: .coins(102), maximum: .coins(101))),
            Attempt(
                "too much for half a node", .stake(stake(51, by: 5)),
                .stakeTooLarge(stake: .coins(51), maximum: Amount(atomic: 50_500_000_000))),
        ]
    }

    @Test("Every attempt is refused with its rule, and no coin moves", arguments: LedgerRules.Preset.allCases)
    func attempts(preset: LedgerRules.Preset) throws {
        var ledger = try Self.ledger(preset)
        // Wallet 0 gives most of its coins away, so that it cannot pay a second node.
        let gift = TransferTransaction(
            from: TestLedger.wallets[0], to: TestLedger.address(7), amount: ledger.balance(0) - .coins(50), nonce: 7)
        try ledger.chain.submit([.transfer(gift)])
        ledger.advance()
        for attempt in try Self.withoutCoins(on: ledger) + Self.withForeignKeys(on: ledger) {
            let before = ledger.chain
            #expect(ledger.refusal(attempt.transaction) == attempt.reason, "\(attempt.what)")
            #expect(ledger.chain.pending.isEmpty && ledger.chain.state == before.state, "\(attempt.what)")
            #expect(ledger.chain.totals == before.totals, "\(attempt.what)")
        }
    }

    @Test("A registration that was signed more than 14 days ago is refused; in hard fork 19 it holds for ever")
    func expiry() throws {
        let lifetime = RegistrationTransaction.Validity.lifetime
        #expect(lifetime == 1_209_600)
        for preset in LedgerRules.Preset.allCases {
            var ledger = TestLedger(TestLedger.rules(preset))
            let registration = LedgerTransaction.registration(ledger.registration(1, nonce: 1))
            ledger.chain.produceBlock(timestamp: lifetime + 1)
            let isPortions = preset == .whitepaper2020
            #expect(
                ledger.refusal(registration) == (isPortions ? .expired(at: lifetime, blockTime: lifetime + 1) : nil))
        }
    }

    @Test("A registration that expires while it waits is dropped with its rule, and what waits behind it is not")
    func expiryWhileWaiting() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        let lifetime = RegistrationTransaction.Validity.lifetime
        let late = ledger.registration(1, nonce: 1)
        ledger.chain.produceBlock(timestamp: lifetime)
        let fresh = ledger.registration(2, by: 1, nonce: 1)
        try ledger.chain.submit([.registration(late), .registration(fresh)])
        let block = ledger.chain.produceBlock(timestamp: lifetime + 1)
        let refusal = TransactionRefusal(
            kind: .registration, node: TestLedger.key(1), reason: .expired(at: lifetime, blockTime: lifetime + 1))
        #expect(block.events.contains(.dropped(refusal)))
        #expect(block.transactions == [.registration(fresh)])
        #expect(ledger.entry(1) == nil && ledger.entry(2)?.lastReward == QueuePosition(height: 2, index: 0))
        #expect(ledger.balance(0) == .coins(1_000))
    }

    @Test("Time given with a transaction refuses what is over now, not only at the last block")
    func expiryNow() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        let late = LedgerTransaction.registration(ledger.registration(1, nonce: 1))
        let lifetime = RegistrationTransaction.Validity.lifetime
        #expect(throws: TransactionRefusal.self) { try ledger.chain.submit([late], timestamp: lifetime + 1) }
        try ledger.chain.submit([late], timestamp: lifetime)
    }
}
