import Ledger
import SessionCrypto
import SessionProtocol
import Swarms
import Testing

/// Leaving by force: decommission, return, deregistration and its lock (ledger §1.2, §1.6, §3.4).
@Suite struct DeregistrationTests {
    @Test("A deregistered node is gone at once, and every stake stays locked to the very block it was locked until")
    func lock() throws {
        var ledger = TestLedger()
        try ledger.register(1, stake: .coins(50))
        try ledger.stake(.coins(50), in: 1, by: 1)
        let images = try [0, 1].map { try #require(ledger.keyImage(1, of: $0)) }
        try ledger.force(.deregister, 1, reasons: [.uptime, .storage])
        let until = ledger.chain.top.height + 30
        #expect(
            ledger.chain.top.events == [
                .deregistered(
                    node: TestLedger.key(1), reasons: [.uptime, .storage], lockedUntil: until, forced: true),
                .swarmsAssigned,
            ])
        #expect(ledger.entry(1) == nil && ledger.chain.totals.locked == .coins(100))
        #expect(ledger.chain.state.blacklist.map(\.keyImage) == images)
        while ledger.chain.height < until {
            #expect(ledger.chain.state.keyImages[images[0]] == .blacklisted(until: until))
            ledger.advance()
        }
        #expect(ledger.balance(0) == .coins(950) && ledger.chain.totals.locked == .coins(100))
        #expect(ledger.advance().events == [.stakesReleased(amount: .coins(100), node: TestLedger.key(1))])
        #expect(ledger.balance(0) == .coins(1_000) && ledger.balance(1) == .coins(1_000))
        #expect(ledger.chain.state.keyImages[images[1]] == .spent)
    }

    @Test("A locked output can neither be staked again nor does its coin buy anything")
    func spending() throws {
        var ledger = TestLedger(balances: [TestLedger.address(0): .coins(100), TestLedger.address(1): .coins(200)])
        try ledger.register(1)
        let first = ledger.registration(2, nonce: 1)
        #expect(ledger.refusal(.registration(first)) == .keyImageLocked(by: TestLedger.key(1)))
        try ledger.force(.deregister, 1)
        #expect(ledger.refusal(.registration(first)) == .keyImageBlacklisted(until: 32))
        let other = ledger.registration(2, nonce: 2)
        #expect(
            ledger.refusal(.registration(other))
                == .insufficientBalance(balance: .zero, needed: .coins(100)))
        let transfer = TransferTransaction(
            from: TestLedger.wallets[0], to: TestLedger.address(1), amount: .coins(1), nonce: 1)
        #expect(
            ledger.refusal(.transfer(transfer)) == .insufficientBalance(balance: .zero, needed: .coins(1)))
    }

    @Test("A deregistered node may come back with other coins while its old stake is still locked")
    func again() throws {
        var ledger = TestLedger()
        try ledger.register(1)
        try ledger.force(.deregister, 1)
        try ledger.register(1, by: 1)
        #expect(ledger.entry(1)?.isActive == true && ledger.chain.totals.locked == .coins(100))
        ledger.advance(29)
        #expect(ledger.chain.totals.locked == .zero && ledger.entry(1)?.isActive == true)
    }

    @Test("A node that is deregistered while it waits to leave falls under the lock, not under its own date")
    func whileLeaving() throws {
        var ledger = TestLedger()
        try ledger.register(1)
        try ledger.unlock(1, by: 0)
        try ledger.force(.deregister, 1)
        ledger.advance(20)
        #expect(ledger.balance(0) == .coins(900) && ledger.chain.totals.locked == .coins(100))
        ledger.advance(10)
        #expect(ledger.balance(0) == .coins(1_000))
    }

    @Test("A decommissioned node loses its swarm in the same block and gets one back in the block that takes it back")
    func decommission() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        for node in 1...12 { try ledger.register(node, by: node % 10) }
        ledger.advance(60)
        try ledger.force(.decommission, 3, reasons: .storage)
        var entry = try #require(ledger.entry(3))
        #expect(entry.activity == .decommissioned(activeSince: 3, at: 73) && entry.swarm == .unassigned)
        #expect(entry.decommissionCount == 1 && entry.lastDecommissionHeight == 73)
        #expect(entry.reasonsAll == 0x08 && entry.reasonsAny == 0x08 && entry.isFunded)
        #expect(ledger.chain.swarms.swarmByNode.count == 11)
        ledger.advance(9)
        try ledger.force(.recommission, 3)
        entry = try #require(ledger.entry(3))
        #expect(entry.activity == .active(since: 83) && entry.swarm != .unassigned)
        #expect(entry.creditBase == 60 + 70 / 30 - 2 * 10)
        #expect(entry.lastReward == QueuePosition(height: 83, index: QueuePosition.afterAll))
        #expect(ledger.chain.swarms.swarmByNode.count == 12)
    }

    @Test("A node set aside earns nothing, is no leader, and may still leave or be thrown out")
    func setAside() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        try ledger.register(1)
        try ledger.force(.decommission, 1)
        #expect(ledger.chain.leader == nil)
        let minted = ledger.chain.totals.minted
        ledger.advance(5)
        #expect(ledger.chain.totals.minted == minted)
        try ledger.unlock(1, by: 0)
        #expect(ledger.advance(16).events.first == .expired(node: TestLedger.key(1)))
    }

    @Test("A penalty for moving sends a node to the end of the queue and changes nothing else")
    func penalty() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        for node in 1...3 { try ledger.register(node, by: node) }
        let before = try #require(ledger.entry(3))
        try ledger.force(.ipChangePenalty, 3)
        let height = ledger.chain.top.height
        var expected = before
        expected.lastReward = QueuePosition(height: height, index: QueuePosition.afterAll)
        expected.lastIPChangeHeight = height
        #expect(ledger.entry(3) == expected)
    }
}
