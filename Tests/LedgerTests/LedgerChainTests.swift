import Ledger
import SessionCrypto
import SessionProtocol
import Swarms
import Testing

@Suite struct LedgerChainTests {
    @Test("Free and locked coins always add up to the supply")
    func conservation() throws {
        let keys = TestNetwork.keys(30)
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 30))
        var rest = keys[...]
        for batch in [1, 0, 4, 12, 2, 11] {
            try chain.submit(rest.prefix(batch).map { TestNetwork.registration(of: $0) })
            rest = rest.dropFirst(batch)
            chain.produceBlock(timestamp: 0)
            #expect(chain.totals.isBalanced)
        }
        #expect(chain.totals.staked == .coins(30 * 18_550))
    }

    @Test("Many registrations go into one block, which activates the nodes and gives each a swarm")
    func oneBlock() throws {
        let keys = TestNetwork.keys(12)
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 12))
        try chain.submit(keys.map { TestNetwork.registration(of: $0) })
        let block = chain.produceBlock(timestamp: 5)
        #expect(chain.height == 2 && block.height == 1)
        #expect(block.events.count == 25 && block.events.last == .swarmsAssigned)
        #expect(chain.state.entries.allSatisfy { $0.activeSince == 1 && $0.swarm != .unassigned })
        #expect(chain.state.swarms.swarms.values.map(\.count).sorted() == [5, 7])
    }

    @Test("Swarms have the sizes the policy allows, however many nodes registered", arguments: [1, 5, 11, 12, 20, 40])
    func swarmSizes(count: Int) throws {
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: count))
        try chain.submit(TestNetwork.keys(count).map { TestNetwork.registration(of: $0) })
        chain.produceBlock(timestamp: 0)
        let sizes = chain.state.swarms.swarms.values.map(\.count)
        #expect(sizes.reduce(0, +) == count)
        #expect(sizes.count == 1 ? count <= 11 : sizes.allSatisfy { (5...10).contains($0) })
    }

    @Test("A block without a change of active nodes leaves the swarms alone")
    func quietBlock() throws {
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 12))
        try chain.submit(TestNetwork.keys(12).map { TestNetwork.registration(of: $0) })
        chain.produceBlock(timestamp: 0)
        let before = chain.swarms
        #expect(!chain.produceBlock(timestamp: 1).events.contains(.swarmsAssigned))
        #expect(chain.swarms == before)
    }

    @Test("The same inputs give the same chain; another seed or content gives another, another hour the same")
    func determinism() throws {
        func chain(
            seed: UInt64 = TestNetwork.seed, time: Int64 = 100, registered: Int = 12
        ) throws -> (hashes: [String], state: LedgerState) {
            var genesis = TestNetwork.genesis(for: 12)
            genesis.networkSeed = seed
            genesis.timestamp = 0
            var chain = LedgerChain(genesis: genesis)
            try chain.submit(TestNetwork.keys(registered).map { TestNetwork.registration(of: $0) })
            chain.produceBlock(timestamp: time)
            chain.produceBlock(timestamp: time + 1)
            return (chain.blocks.map(\.hash.hex), chain.state)
        }
        let first = try chain()
        let again = try chain()
        #expect(first.hashes == again.hashes && first.state == again.state)
        #expect(try chain(seed: 8).hashes[0] != first.hashes[0])
        #expect(try chain(time: 101).hashes == first.hashes)
        #expect(try chain(registered: 11).hashes[1] != first.hashes[1])
        #expect(Set(first.hashes).count == 3)
    }

    @Test("Time on the chain never runs backwards")
    func timestamps() {
        var chain = LedgerChain(genesis: Genesis(networkSeed: 1, balances: [:], timestamp: 50))
        #expect(chain.produceBlock(timestamp: 40).timestamp == 50)
        #expect(chain.produceBlock(timestamp: 60).timestamp == 60)
    }

    @Test("Every stake has a key image of its own")
    func keyImages() throws {
        var chain = LedgerChain(genesis: TestNetwork.genesis(for: 12))
        try chain.submit(TestNetwork.keys(12).map { TestNetwork.registration(of: $0) })
        chain.produceBlock(timestamp: 0)
        let images = chain.state.entries.flatMap { $0.contributors.flatMap { $0.stakes.map(\.keyImage) } }
        #expect(Set(images).count == 12 && images.allSatisfy { $0.count == 32 })
    }
}
