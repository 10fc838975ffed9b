import Ledger
import SessionCrypto
import SessionProtocol
import Swarms
import Testing

/// Whole lives of nodes, at the block counts of the main network.
@Suite struct LifeCycleTests {
    private static func network(_ count: Int) throws -> TestLedger {
        let balances = [TestLedger.address(0): Amount.coins(18_550 * 20), TestLedger.address(1): .coins(20_000)]
        var ledger = TestLedger(.whitepaper2020, balances: balances)
        for node in 1...count { try ledger.register(node, stake: .coins(18_550)) }
        return ledger
    }

    @Test("Register, join, be set aside and taken back, ask to leave and leave, with rewards in queue order throughout")
    func byWish() throws {
        var ledger = try Self.network(11)
        try ledger.register(12, by: 1, stake: .coins(18_550))
        var swarmBefore = try #require(ledger.entry(12)).swarm
        #expect(swarmBefore != .unassigned && ledger.balance(1) == .coins(1_450))
        ledger.advance(720)
        #expect(ledger.entry(12)?.isPayable(at: ledger.chain.top.height, rules: .whitepaper2020) == true)
        #expect(ledger.entry(12)?.credit(at: ledger.chain.top.height, rules: .whitepaper2020) == 84)
        try ledger.force(.decommission, 12)
        ledger.advance(10)
        #expect(ledger.entry(12)?.swarm == .unassigned)
        try ledger.force(.recommission, 12)
        swarmBefore = try #require(ledger.entry(12)).swarm
        #expect(swarmBefore != .unassigned && ledger.entry(12)?.creditBase == 84 - 22)
        try ledger.unlock(12, by: 1)
        let leaves = ledger.chain.top.height + 10_800
        ledger.advance(10_800)
        #expect(ledger.chain.top.height == leaves && ledger.entry(12)?.isActive == true)
        let balance = ledger.balance(1)
        #expect(ledger.advance().events.first == .expired(node: TestLedger.key(12)))
        #expect(ledger.entry(12) == nil && ledger.balance(1) >= balance + .coins(18_550))
        try Self.expectQueueOrder(ledger.chain)
    }

    @Test("A deregistered node's stake is locked for 30 days of blocks, whatever happens around it")
    func byForce() throws {
        var ledger = try Self.network(12)
        try ledger.unlock(7, by: 0)
        try ledger.force(.deregister, 7)
        let until = ledger.chain.top.height + 21_600
        ledger.advance(21_599)
        #expect(ledger.chain.totals.locked == .coins(18_550) && ledger.chain.height == until)
        #expect(
            ledger.advance().events.first
                == .stakesReleased(amount: .coins(18_550), node: TestLedger.key(7)))
        #expect(ledger.chain.totals.locked == .zero && ledger.chain.state.nodes.count == 11)
        try Self.expectQueueOrder(ledger.chain)
    }

    /// Plays the queue by hand: nobody wins twice while somebody waits who was there all the time.
    private static func expectQueueOrder(_ chain: LedgerChain) throws {
        var queue: [LegacyPublicKey] = []
        for block in chain.blocks {
            for case .rewarded(let node?, _) in block.events {
                #expect(node == queue.first, "block \(block.height)")
                // It left in this very block.
                if block.events.contains(.expired(node: node)) { continue }
                queue.removeFirst()
                queue.append(node)
            }
            for event in block.events {
                switch event {
                // Who comes by a transaction stands before this block's winner.
                case .activated(let node): queue.insert(node, at: max(queue.count - 1, 0))
                case .recommissioned(let node, _):
                    // Behind all; equal to this block's winner, so the smaller key is first.
                    let isBefore = queue.last.map { node < $0 } ?? false
                    queue.insert(node, at: isBefore ? queue.count - 1 : queue.count)
                case .expired(let node), .decommissioned(let node, _, _), .deregistered(let node, _, _, _):
                    queue.removeAll { $0 == node }
                default: break
                }
            }
        }
    }

    @Test("By the daemon's rules 13 nodes make one swarm, 14 two and 25 three; a fourth part may go before one does")
    func swarms() throws {
        var rules = TestLedger.rules()
        rules.swarmPolicy = .oxen
        var ledger = TestLedger(rules, balances: [TestLedger.address(0): .coins(10_000)])
        for node in 1...25 {
            try ledger.register(node)
            let count = ledger.chain.swarms.swarms.count
            #expect(count == (node < 14 ? 1 : node < 21 ? 2 : 3), "\(node) nodes")
        }
        for node in 1...10 { try ledger.force(.deregister, node) }
        #expect(ledger.chain.swarms.swarms.values.map(\.count) == [5, 5, 5])
        try ledger.force(.deregister, 11)
        #expect(ledger.chain.swarms.swarms.count == 2)
    }

    @Test("A node of a test network earns rewards on 100 of 101 coins, and its coins are free after its unlock time")
    func smallNetwork() throws {
        var rules = TestLedger.rules(.whitepaper2020)
        rules.unlockBlocks = 30
        var ledger = TestLedger(rules, balances: [TestLedger.address(0): .coins(101)])
        try ledger.register(1)
        #expect(ledger.balance(0) == .coins(1))
        try ledger.unlock(1, by: 0)
        ledger.advance(30)
        #expect(ledger.entry(1) != nil && ledger.balance(0) > .coins(1))
        ledger.advance()
        #expect(ledger.entry(1) == nil && ledger.balance(0) > .coins(101))
    }
}
