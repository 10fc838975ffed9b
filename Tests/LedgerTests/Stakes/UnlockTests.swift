import Ledger
import SessionCrypto
import SessionProtocol
import Swarms
import Testing

/// Leaving by wish: request, delay, expiry (ledger §1.6).
@Suite struct UnlockTests {
    @Test("The presets unlock after 15 days and lock deregistered stakes for 30 days of 720 blocks")
    func periods() {
        for preset in LedgerRules.Preset.allCases {
            #expect(LedgerRules(preset).unlockBlocks == 15 * 720)
            #expect(LedgerRules(preset).deregistrationLockBlocks == 30 * 720)
        }
    }

    @Test("One contributor's request ends the node for everyone, in the first block above the height it names")
    func everyone() throws {
        var ledger = TestLedger()
        for node in 2...13 { try ledger.register(node, by: 3 + node % 2) }
        try ledger.register(1, stake: .coins(50), others: [(1, .coins(25))])
        try ledger.stake(.coins(25), in: 1, by: 1)
        try ledger.stake(.coins(25), in: 1, by: 2)
        let key = TestLedger.key(1)
        let spent = [0, 1, 2].map { ledger.balance($0) }
        try ledger.unlock(1, by: 2)
        let leaves = ledger.chain.top.height + 15
        #expect(ledger.chain.top.events == [.unlockRequested(node: key, height: leaves)])
        while ledger.chain.top.height < leaves {
            let entry = try #require(ledger.entry(1))
            #expect(entry.requestedUnlockHeight == leaves && entry.isActive && entry.swarm != .unassigned)
            ledger.advance()
        }
        #expect(ledger.entry(1) != nil)
        let events = ledger.advance().events
        #expect(ledger.entry(1) == nil)
        #expect(Array(events.prefix(2)) == [.expired(node: key), .stakesReleased(amount: .coins(100), node: key)])
        #expect(events.contains(.swarmsAssigned))
        #expect(!ledger.chain.swarms.swarmByNode.keys.contains(key))
        for (wallet, coins) in [50, 25, 25].enumerated() as EnumeratedSequence<[UInt64]> {
            #expect(ledger.balance(wallet).atomic >= spent[wallet].atomic + coins * 1_000_000_000)
        }
    }

    @Test("A node that asked to leave is still rewarded and still stands in the queue")
    func rewarded() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        try ledger.register(1)
        try ledger.unlock(1, by: 0)
        for _ in 0..<15 {
            let paid = ledger.advance().events.contains {
                if case .rewarded(TestLedger.key(1), _) = $0 { true } else { false }
            }
            #expect(paid)
        }
    }

    @Test("A partial node can be unlocked as well; its leaving works out no swarms anew")
    func partial() throws {
        var ledger = TestLedger()
        try ledger.register(1, stake: .coins(50))
        try ledger.unlock(1, by: 0)
        #expect(
            ledger.advance(16).events == [
                .expired(node: TestLedger.key(1)), .stakesReleased(amount: .coins(50), node: TestLedger.key(1)),
            ])
        #expect(ledger.balance(0) == .coins(1_000))
    }

    @Test("Requests for what is no stake of the node, by who does not own it, or while one is pending are refused")
    func refusals() throws {
        var ledger = TestLedger()
        try ledger.register(1)
        try ledger.register(2, by: 1)
        let image = try #require(ledger.keyImage(1, of: 0))
        func request(_ node: Int, _ image: Bytes, by wallet: Int) -> LedgerTransaction {
            .unlock(
                UnlockTransaction(
                    node: TestLedger.key(node), keyImage: image, owner: TestLedger.wallets[wallet], nonce: 5))
        }
        #expect(ledger.refusal(request(3, image, by: 0)) == .notRegistered)
        #expect(ledger.refusal(request(2, image, by: 0)) == .keyImageNotLocked(image))
        #expect(ledger.refusal(request(1, image, by: 1)) == .notOwner(TestLedger.address(0)))
        try ledger.unlock(1, by: 0)
        #expect(ledger.refusal(request(1, image, by: 0)) == .unlockPending(height: 18))
        ledger.advance(16)
        #expect(ledger.refusal(request(1, image, by: 0)) == .notRegistered)
    }

    @Test("From hard fork 19 on a small contributor must wait; in hard fork 14 none has to")
    func smallStakes() throws {
        let part = Amount(atomic: 24_989_999_999)
        for (preset, reason) in [
            (
                LedgerRules.Preset.oxen,
                TransactionRefusal.Reason.smallStakeTooEarly(stake: part, minimum: .coins(25).lessOne, height: 31)
            ), (.whitepaper2020, nil),
        ] {
            var ledger = TestLedger(TestLedger.rules(preset))
            try ledger.register(1, stake: .coins(50))
            try ledger.stake(part, in: 1, by: 1)
            let image = try #require(ledger.keyImage(1, of: 1))
            let request = LedgerTransaction.unlock(
                UnlockTransaction(node: TestLedger.key(1), keyImage: image, owner: TestLedger.wallets[1]))
            #expect(ledger.refusal(request) == reason)
            guard reason != nil else { continue }
            ledger.advance(27)
            #expect(ledger.chain.height == 30 && ledger.refusal(request) != nil)
            #expect(ledger.entry(1)?.requestedUnlockHeight == nil)
            ledger.advance()
            #expect(ledger.refusal(request) == nil)
        }
    }

    @Test("An operator's stake of a quarter is not small")
    func operatorStake() throws {
        var ledger = TestLedger()
        try ledger.register(1, stake: .coins(25))
        try ledger.unlock(1, by: 0)
        #expect(ledger.entry(1)?.requestedUnlockHeight == 17)
    }

    @Test("After leaving, a node registers anew from scratch, with another output than before")
    func again() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        try ledger.register(1)
        let image = try #require(ledger.keyImage(1, of: 0))
        try ledger.unlock(1, by: 0)
        ledger.advance(16)
        #expect(ledger.chain.state.keyImages[image] == .spent)
        let same = ledger.registration(1, nonce: 1)
        #expect(ledger.refusal(.registration(same)) == .keyImageSpent)
        try ledger.register(1)
        let entry = try #require(ledger.entry(1))
        #expect(entry.registrationHeight == 19 && entry.requestedUnlockHeight == nil && entry.creditBase == 60)
    }

    @Test("Several nodes may leave in one block, and one that asks later stays until its own time")
    func several() throws {
        var ledger = TestLedger()
        for node in 1...3 { try ledger.register(node, by: node) }
        let requests = try [1, 2].map { node in
            LedgerTransaction.unlock(
                UnlockTransaction(
                    node: TestLedger.key(node), keyImage: try #require(ledger.keyImage(node, of: node)),
                    owner: TestLedger.wallets[node]))
        }
        try ledger.chain.submit(requests)
        ledger.advance()
        try ledger.unlock(3, by: 3)
        ledger.advance(15)
        #expect(ledger.chain.state.nodes.keys == [TestLedger.key(3)])
        ledger.advance()
        #expect(ledger.chain.state.nodes.count == 0)
    }
}

extension Amount {
    /// 24.99 % in place of a quarter.
    fileprivate var lessOne: Amount { Amount(atomic: atomic * 9_996 / 10_000) }
}
