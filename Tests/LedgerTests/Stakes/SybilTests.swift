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

    /// - Returns: the transactions to try, and what must refuse each.
    private static func attempts(on ledger: TestLedger) throws -> [(String, LedgerTransaction, Reason)] {
        let poor = WalletKeys(networkSeed: 7, name: "poor")
        func registration(
            _ node: Int = 5, by wallet: Int = 4, stake: Amount = .coins(100), nonce: UInt64 = 900,
            change: (inout RegistrationTransaction) -> Void = { _ in }
        ) -> LedgerTransaction {
            var made = ledger.registration(node, by: wallet, stake: stake, reserved: .coins(100), nonce: nonce)
            change(&made)
            return .registration(made)
        }
        let spots = ledger.registration(5, by: 4, nonce: 900).spots
        let until = try #require(ledger.chain.state.blacklist.first).unlockHeight
        let first = ledger.chain.blocks.flatMap(\.transactions)
        let foreign = StakeTransaction(
            node: TestLedger.key(4), contributor: TestLedger.wallets[5], amount: .coins(50), nonce: 901)
        var signedByOther = foreign
        signedByOther.contributor = TestLedger.address(6)
        return [
            (
                "no coins",
                registration {
                    $0.funder = poor.address
                    $0.spots = [.init(address: poor.address, value: spots[0].value)]
                    $0.sign(node: TestLedger.keys(5).legacy, funder: poor)
                }, .unknownWallet(poor.address)
            ),
            (
                "too few coins",
                registration(by: 0, stake: .coins(100), nonce: 900) {
                    $0.stake = Amount(atomic: 100_500_000_000)
                    $0.sign(node: TestLedger.keys(5).legacy, funder: TestLedger.wallets[0])
                }, .insufficientBalance(balance: ledger.balance(0), needed: Amount(atomic: 100_500_000_000))
            ),
            (
                "no stake at all", registration(stake: .zero),
                .stakeBelowReservation(stake: .zero, reserved: .coins(100))
            ),
            ("a locked output", registration(by: 0, nonce: 1), .keyImageLocked(by: TestLedger.key(1))),
            ("a blacklisted output", registration(by: 1, nonce: 2), .keyImageBlacklisted(until: until)),
            ("a spent output", registration(by: 2, nonce: 3), .keyImageSpent),
            (
                "another node's key",
                registration { $0.sign(node: TestLedger.keys(6).legacy, funder: TestLedger.wallets[4]) },
                .badNodeSignature
            ),
            (
                "another wallet's signature",
                registration { $0.sign(node: TestLedger.keys(5).legacy, funder: TestLedger.wallets[5]) },
                .badSignature(by: TestLedger.address(4))
            ),
            ("a node that is there", registration(1), .alreadyRegistered(height: 1)),
            ("an old registration again", first[2], .alreadyIncluded(transaction: first[2].id, height: 3)),
            (
                "too much for a whole node", registration(stake: .coins(102)),
                .stakeTooLarge(stake: .coins(102), maximum: .coins(101))
            ),
            (
                "too much for half a node",
                .stake(
                    StakeTransaction(
                        node: TestLedger.key(4), contributor: TestLedger.wallets[5], amount: .coins(51), nonce: 901)),
                .stakeTooLarge(stake: .coins(51), maximum: Amount(atomic: 50_500_000_000))
            ),
            ("another wallet's coins for half a node", .stake(signedByOther), .badSignature(by: TestLedger.address(6))),
            (
                "a locked output for half a node",
                .stake(
                    StakeTransaction(
                        node: TestLedger.key(4), contributor: TestLedger.wallets[0], amount: .coins(50), nonce: 1)),
                .keyImageLocked(by: TestLedger.key(1))
            ),
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
        for (what, transaction, reason) in try Self.attempts(on: ledger) {
            let before = ledger.chain
            #expect(ledger.refusal(transaction) == reason, "\(what)")
            #expect(ledger.chain.pending.isEmpty && ledger.chain.state == before.state, "\(what)")
            #expect(ledger.chain.totals == before.totals, "\(what)")
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
