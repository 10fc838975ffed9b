import Ledger
import SessionProtocol
import Swarms
import Testing

@Suite struct ReorganisationTests {
    @Test("A reorganisation replaces as many blocks as asked for, ends one higher, and all new hashes differ")
    func branch() throws {
        var ledger = TestLedger()
        for node in 1...12 { try ledger.register(node, by: node % 10) }
        ledger.advance(20)
        let before = ledger.chain
        let outcome = try ledger.chain.reorganise(depth: 25, timestamp: 9_999)
        #expect(outcome.dropped == Array(before.blocks.suffix(25)) && outcome.made.count == 26)
        #expect(ledger.chain.top.height == before.top.height + 1 && ledger.chain.top.timestamp == 9_999)
        #expect(ledger.chain.blocks.prefix(8) == before.blocks.prefix(8))
        #expect(Set(before.blocks.suffix(25).map(\.hash)).isDisjoint(with: ledger.chain.blocks.map(\.hash)))
        #expect(zip(ledger.chain.blocks, ledger.chain.blocks.dropFirst()).allSatisfy { $0.hash == $1.previous })
        #expect(outcome.lost.isEmpty && outcome.returned == before.blocks.suffix(25).flatMap(\.transactions))
        #expect(ledger.chain.state.nodes.keys == before.state.nodes.keys)
    }

    @Test("Going back and forth never brings an old hash back")
    func twice() throws {
        var ledger = TestLedger()
        try ledger.register(1)
        var seen = Set(ledger.chain.blocks.map(\.hash))
        for depth in [1, 2, 1, 3, 2, 4] {
            let made = try ledger.chain.reorganise(depth: depth, timestamp: 0).made.map(\.hash)
            for hash in made { #expect(seen.insert(hash).inserted) }
            seen.insert(ledger.advance().hash)
        }
    }

    @Test("Taking blocks back undoes a registration and a deregistration; both happen again on the new branch")
    func rollback() throws {
        var ledger = TestLedger()
        for node in 1...3 { try ledger.register(node, by: node) }
        try ledger.force(.deregister, 2)
        try ledger.register(4, by: 4)
        for height in 0...4 {
            let nodes = try #require(ledger.chain.nodes(at: UInt64(height))).keys
            #expect(
                nodes
                    == (1...max(height, 1)).filter { $0 <= min(height, 3) && (height < 4 || $0 != 2) }.map {
                        TestLedger.key($0)
                    }.sorted())
        }
        let outcome = try ledger.chain.reorganise(depth: 3, timestamp: 0)
        #expect(outcome.made.map { $0.transactions.count } == [1, 1, 1, 0] && outcome.lost.isEmpty)
        #expect(ledger.chain.state.nodes.keys == [1, 3, 4].map { TestLedger.key($0) }.sorted())
        #expect(ledger.chain.totals.locked == .coins(100))
    }

    @Test("Transactions that do not hold on the new branch are reported with their rule, and move nothing")
    func lost() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        ledger.advance(2)
        let registration = ledger.registration(1, nonce: 1)
        try ledger.chain.submit([.registration(registration)])
        let end = ledger.chain.top.timestamp + RegistrationTransaction.Validity.lifetime
        // It waits for a block; the branch's top block comes too late for it.
        let outcome = try ledger.chain.reorganise(depth: 1, timestamp: end + 1)
        let refusal = TransactionRefusal(
            kind: .registration, node: TestLedger.key(1), reason: .expired(at: end, blockTime: end + 1))
        #expect(outcome.lost == [.init(transaction: .registration(registration), refusal: refusal)])
        #expect(ledger.chain.pending.isEmpty && ledger.chain.state.nodes.count == 0)
        #expect(ledger.balance(0) == .coins(1_000))
    }

    @Test("What waited is in the branch's last block")
    func waiting() throws {
        var ledger = TestLedger()
        ledger.advance(3)
        try ledger.chain.submit([.registration(ledger.registration(1, nonce: 1))])
        let outcome = try ledger.chain.reorganise(depth: 2, timestamp: 0)
        #expect(outcome.made.map { $0.transactions.count } == [0, 0, 1])
        #expect(ledger.entry(1)?.registrationHeight == 4)
    }

    @Test("The genesis block stays, and no more than 360 blocks can be taken back")
    func limits() throws {
        var ledger = TestLedger()
        let depth = { (depth: Int) in ReorganisationRefusal(depth: depth, deepest: 3) }
        #expect(throws: ReorganisationRefusal(depth: 1, deepest: 0)) {
            try ledger.chain.reorganise(depth: 1, timestamp: 0)
        }
        ledger.advance(3)
        for wrong in [-1, 0, 4] {
            #expect(throws: depth(wrong)) { try ledger.chain.reorganise(depth: wrong, timestamp: 0) }
        }
        ledger.advance(400)
        #expect(throws: ReorganisationRefusal(depth: 361, deepest: 360)) {
            try ledger.chain.reorganise(depth: 361, timestamp: 0)
        }
        #expect(try ledger.chain.reorganise(depth: 360, timestamp: 0).made.count == 361)
        #expect(ledger.chain.height == 405)
        #expect(try ledger.chain.reorganise(depth: 360, timestamp: 0).made.count == 361)
    }

    @Test("The list of nodes of any of the last 360 heights is what it was then")
    func past() throws {
        var ledger = TestLedger(TestLedger.rules(.whitepaper2020))
        var seen: [[ServiceNodeEntry]] = [[]]
        func advance(_ blocks: Int) {
            for _ in 0..<blocks {
                ledger.advance()
                seen.append(ledger.chain.entries)
            }
        }
        for node in 1...8 {
            try ledger.chain.submit([.registration(ledger.registration(node, by: node, nonce: 1))])
            advance(node)
        }
        try ledger.chain.submit([ledger.forced(.decommission, 3), ledger.forced(.deregister, 4)])
        advance(7)
        for height in seen.indices { #expect(ledger.chain.entries(at: UInt64(height)) == seen[height]) }
        #expect(ledger.chain.entries(at: ledger.chain.height) == nil)
        advance(360)
        let oldest = Int(ledger.chain.top.height) - 360
        #expect(ledger.chain.entries(at: UInt64(oldest)) == seen[oldest])
        #expect(ledger.chain.entries(at: UInt64(oldest - 1)) == nil)
    }
}
