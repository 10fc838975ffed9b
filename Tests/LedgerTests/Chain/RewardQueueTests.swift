import Ledger
import SessionCrypto
import SessionProtocol
import Testing

/// Who is paid, in which order and how much (ledger §4).
@Suite struct RewardQueueTests {
    private static func winners(_ blocks: some Sequence<Block>) -> [LegacyPublicKey?] {
        blocks.map { block in
            for case .rewarded(let node, _) in block.events { return node }
            return nil
        }
    }

    @Test("Nodes win in the order they came, round after round; a newcomer stands behind all who won before it came")
    func order() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        let batch = (1...4).map { LedgerTransaction.registration(ledger.registration($0, by: $0, nonce: 1)) }
        try ledger.chain.submit(batch)
        ledger.advance(1 + 6)
        try ledger.register(5, by: 5)
        ledger.advance(10)
        let expected = [nil] + [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 5, 3, 4, 1, 2, 5, 3].map { Optional(TestLedger.key($0)) }
        // Node 3 wins the very block that node 5 comes in, so node 5 stands before it: it came by a transaction.
        #expect(Self.winners(ledger.chain.blocks.dropFirst()) == expected)
    }

    @Test("The leader is named before its block, and nobody else's place changes")
    func leader() throws {
        var ledger = TestLedger()
        for node in 1...12 { try ledger.register(node, by: node % 10) }
        for _ in 0..<30 {
            let before = ledger.chain.entries
            let leader = try #require(ledger.chain.leader).node
            let block = ledger.advance()
            for (old, new) in zip(before, ledger.chain.entries) {
                let expected =
                    old.node == leader ? QueuePosition(height: block.height, index: .max) : old.lastReward
                #expect(new.lastReward == expected)
            }
        }
    }

    @Test("Half the February 2020 reward is minted to the leader's contributors; what rounding leaves is not minted")
    func split() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        try ledger.register(1, stake: .coins(50), others: [(1, .coins(50))], fee: 1_000)
        try ledger.stake(.coins(50), in: 1, by: 1)
        let before = ledger.chain.totals
        let block = ledger.advance()
        let share = Emission.shares(hardfork: 14, height: 466_837 + 3).serviceNodes
        #expect(share.atomic / 10_000_000 == 1_433, "14.34 coins")
        let payments = [
            LedgerEvent.Payment(wallet: TestLedger.address(0), amount: Amount(atomic: share.atomic * 55 / 100)),
            LedgerEvent.Payment(wallet: TestLedger.address(1), amount: Amount(atomic: share.atomic * 45 / 100)),
        ]
        guard case .rewarded(TestLedger.key(1), let paid)? = block.events.last else {
            Issue.record("nobody was paid")
            return
        }
        #expect(paid.map(\.wallet) == payments.map(\.wallet))
        for (left, right) in zip(paid, payments) {
            #expect(right.amount.atomic - left.amount.atomic <= 1, "truncated once or twice")
        }
        let minted = paid.reduce(UInt64.zero) { $0 + $1.amount.atomic }
        #expect(ledger.chain.totals.minted.atomic - before.minted.atomic == minted && ledger.chain.totals.isBalanced)
    }

    @Test("A leader that leaves in the block it wins is still paid by that block, and then stands nowhere")
    func leavingLeader() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        try ledger.register(1)
        try ledger.unlock(1, by: 0)
        ledger.advance(15)
        let block = ledger.advance()
        #expect(block.events.first == .expired(node: TestLedger.key(1)))
        #expect(Self.winners([block]) == [TestLedger.key(1)])
        #expect(Self.winners([ledger.advance()]) == [nil])
    }

    @Test("Batched rewards: nothing before a wallet's turn, then 16.5 coins for every block since the node is payable")
    func batches() throws {
        var ledger = TestLedger(TestLedger.rules { $0.rewards = .batched(interval: 20, minimum: .coins(1)) })
        let wallet = TestLedger.address(0)
        try ledger.register(1)
        let turn = wallet.nextPayout(after: 40, interval: 20)
        while ledger.chain.top.height < turn - 1 { ledger.advance() }
        let earlier = turn - 20
        // Active since 1, payable from 5 on.
        let paidBefore = earlier >= 5 ? earlier - 4 : 0
        #expect(ledger.chain.totals.minted.atomic == 16_500_000_000 * paidBefore)
        let block = ledger.advance()
        let due = Amount(atomic: 16_500_000_000 * (turn - 4 - paidBefore))
        #expect(block.events == [.rewarded(node: nil, payments: [.init(wallet: wallet, amount: due)])])
        #expect(ledger.balance(0) == .coins(900) + Amount(atomic: 16_500_000_000 * (turn - 4)))
    }

    @Test("A node that is set aside shares in no batch, and is payable again only after its time has passed anew")
    func payable() throws {
        var ledger = TestLedger(TestLedger.rules { $0.rewards = .batched(interval: 1_000_000, minimum: .coins(1)) })
        try ledger.register(1)
        try ledger.register(2, by: 1)
        func owed(_ wallet: Int) -> UInt64 { ledger.chain.state.accrued[TestLedger.address(wallet)] ?? 0 }
        ledger.advance(3)
        #expect(ledger.chain.top.height == 5 && owed(0) == 16_500_000_000_000 && owed(1) == 0)
        ledger.advance()
        #expect(owed(0) == 24_750_000_000_000 && owed(1) == 8_250_000_000_000)
        try ledger.force(.decommission, 1)
        #expect(owed(0) == 24_750_000_000_000 && owed(1) == 24_750_000_000_000)
        try ledger.force(.recommission, 1)
        ledger.advance(3)
        #expect(owed(0) == 24_750_000_000_000)
        ledger.advance()
        #expect(owed(0) == 33_000_000_000_000)
    }

    @Test("Taking blocks back takes back what they credited and paid")
    func rollback() throws {
        for rules in [
            TestLedger.rules { $0.rewards = .batched(interval: 7, minimum: .coins(1)) },
            TestLedger.rules(.whitepaper2020),
        ] {
            var ledger = TestLedger(rules)
            for node in 1...5 { try ledger.register(node, by: node, fee: 500) }
            ledger.advance(20)
            var straight = ledger
            try ledger.chain.reorganise(depth: 18, timestamp: ledger.chain.top.timestamp)
            straight.advance()
            #expect(ledger.chain.totals == straight.chain.totals)
            #expect(ledger.chain.state.balances == straight.chain.state.balances)
            #expect(ledger.chain.state.accrued == straight.chain.state.accrued)
        }
    }
}
