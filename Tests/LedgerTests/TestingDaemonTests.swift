import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Swarms
import Testing
import TimeLimits

@testable import Ledger

/// The nodes' tests of each other on a whole ledger, with mainnet's times.
@Suite(.workLimit(minutes: 2)) struct TestingDaemonTests {
    @Test("While everyone is up nobody votes, and no block is due")
    func peace() async throws {
        let network = try await TestedNetwork()
        try await network.pass(blocks: 100)
        #expect(network.votes.isEmpty)
        #expect(await network.ledger.timeUntilTestingBlock == nil)
        #expect(await network.ledger.chain.state.nodes.values.allSatisfy(\.isActive))
    }

    @Test("A node whose server falls silent is decommissioned by at least seven votes, 65 minutes later at the soonest")
    func silence() async throws {
        let network = try await TestedNetwork()
        try await network.pass(blocks: 20)
        let start = await network.ledger.chain.top.height
        // 65 minutes are 33 blocks with the first report at the first of them.
        try await network.pass(blocks: 33, silent: [0])
        #expect(network.votes.isEmpty)
        let block = try #require(try await network.pass(upTo: 40, silent: [0]) { $0.judged != nil })
        #expect(block.height > start + 33)
        let node = network.key(0)
        #expect(block.events.contains { $0.judged?.change == .decommission })
        #expect(try await TestFailures(rawValue: network.entry(0).reasonsAll).contains(.storage))
        guard case .stateChange(let change) = block.transactions.first else {
            Issue.record("the block begins with no state change")
            return
        }
        guard case .quorum(_, let votes) = change.authority else {
            Issue.record("nobody voted")
            return
        }
        #expect((7...10).contains(votes.count))
        // Judged at the earliest when twelve blocks lie above the quorum's.
        #expect(block.height >= change.quorumHeight + 13)
        #expect(try await network.entry(0).swarm == .unassigned)
        #expect(network.votes.allSatisfy { $0.fields["node"] == .string(node.hex) })
        #expect(network.votes.allSatisfy { $0.fields["change"] == "decommission" })
        #expect(network.votes.allSatisfy { $0.fields["reasons"]?.asArray?.contains("storage") == true })
        #expect(network.votes.allSatisfy { $0.fields["validator"] != .string(node.hex) })
    }

    @Test("A node that comes back is taken back into a swarm, at the end of the queue, for two blocks of credit each")
    func comeback() async throws {
        let network = try await TestedNetwork()
        try await network.pass(blocks: 20)
        let decommission = try #require(try await network.pass(upTo: 100, silent: [0]) { $0.judged != nil })
        let credit = try await network.entry(0).credit(at: decommission.height, rules: TestNetwork.rules)
        try await network.pass(blocks: 10, silent: [0])
        #expect(try await network.entry(0).isDecommissioned)
        try await network.reportGood(of: 0)
        let block = try #require(try await network.pass(upTo: 40) { $0.judged != nil })
        #expect(block.events.contains(.recommissioned(node: network.key(0), forced: false)))
        let entry = try await network.entry(0)
        #expect(entry.swarm != .unassigned)
        #expect(entry.lastReward == QueuePosition(height: block.height, index: .max))
        #expect(Int64(entry.creditBase) == max(0, credit - 2 * Int64(block.height - decommission.height)))
        // From here on it is like everyone else.
        let votes = network.votes.count
        try await network.pass(blocks: 70)
        #expect(network.votes.count == votes)
    }

    @Test("A node that stays away is thrown out when its credit is used up, and its stake is locked for 30 days")
    func staysAway() async throws {
        let network = try await TestedNetwork()
        let staked = try await network.entry(0).totalLocked
        let decommission = try #require(try await network.pass(upTo: 120, silent: [0]) { $0.judged != nil })
        let credit = try await network.entry(0).credit(at: decommission.height, rules: TestNetwork.rules)
        #expect(credit >= 60)
        let votes = network.votes.count
        try await network.pass(blocks: Int(credit), silent: [0])
        #expect(network.votes.count == votes, "validators abstain while credit is left")
        let block = try #require(try await network.pass(upTo: 20, silent: [0]) { $0.judged != nil })
        let until = block.height + 21_600
        #expect(
            block.events.contains(
                .deregistered(
                    node: network.key(0), reasons: [.uptime, .storage], lockedUntil: until, forced: false)))
        let chain = await network.ledger.chain
        #expect(chain.state.nodes[network.key(0)] == nil)
        #expect(chain.state.blacklist.map(\.amount) == [staked] && chain.state.blacklist[0].unlockHeight == until)
    }

    @Test("A node that proves itself from another address within a day loses its place in the queue, once")
    func moving() async throws {
        let network = try await TestedNetwork()
        // Addresses seen in the first two hours after the registration do not count.
        try await network.pass(blocks: 100)
        await network.ledger.adopt(network.network.nodes[0], publicIP: IPv4Address(127, 9, 9, 9))
        let block = try #require(try await network.pass(upTo: 40) { $0.judged != nil })
        #expect(block.events.contains(.addressPenalised(node: network.key(0))))
        let entry = try await network.entry(0)
        #expect(entry.lastReward == QueuePosition(height: block.height, index: .max))
        #expect(entry.lastIPChangeHeight == block.height && entry.isActive)
        let isAgain = try await network.pass(upTo: 150) { $0.judged != nil }
        #expect(isAgain == nil, "one move, one penalty")
    }

    @Test("A node that comes back from another address after more than a day is taken back and not penalised")
    func movingSlowly() async throws {
        // Only much credit survives a day's absence.
        var rules = TestNetwork.rules
        rules.initialCreditBlocks = rules.maximumCreditBlocks
        let network = try await TestedNetwork(rules: rules)
        try await network.ledger.advance(blocks: 100)
        try await network.ledger.advance(blocks: 800, silent: [network.key(0)])
        #expect(try await network.entry(0).isDecommissioned)
        await network.ledger.adopt(network.network.nodes[0], publicIP: IPv4Address(127, 9, 9, 9))
        try await network.reportGood(of: 0)
        let block = try #require(try await network.pass(upTo: 40) { $0.judged != nil })
        #expect(block.events.contains(.recommissioned(node: network.key(0), forced: false)))
        try await network.pass(blocks: 100)
        #expect(network.votes.allSatisfy { $0.fields["change"] != "ip-change-penalty" })
    }

    @Test("Skipped time counts: a silent node is set aside, and thrown out once its credit is used up")
    func advance() async throws {
        let network = try await TestedNetwork()
        try await network.ledger.advance(blocks: 720)
        #expect(network.votes.isEmpty)
        let silent = network.key(0)
        try await network.ledger.advance(blocks: 1_000, silent: [silent])
        let chain = await network.ledger.chain
        let judged = chain.blocks.flatMap { block in block.events.compactMap(\.judged).map { (block.height, $0) } }
        #expect(judged.map(\.1.change) == [.decommission, .deregister])
        #expect(judged.allSatisfy { $0.1.node == silent })
        // 65 minutes of failures, a quorum that tests the node and has twelve blocks above it, and one block to hold it.
        let setAside = judged[0].0
        #expect(setAside >= 721 + 33 + 1 && setAside < 721 + 63 + 40)
        let credit = UInt64(60 + (setAside - 1) / 30)
        #expect(judged[1].0 > setAside + credit && judged[1].0 < setAside + credit + 40)
    }

    @Test("Time that is skipped piece by piece counts like time skipped at once")
    func advanceInPieces() async throws {
        let pieces = try await TestedNetwork()
        for _ in 0..<12 { try await pieces.ledger.advance(blocks: 10, silent: [pieces.key(0)]) }
        let whole = try await TestedNetwork()
        try await whole.ledger.advance(blocks: 120, silent: [whole.key(0)])
        #expect(await pieces.ledger.chain.top.hash == whole.ledger.chain.top.hash)
        #expect(await whole.ledger.chain.state.nodes[whole.key(0)] == nil)
    }

    @Test("With a time scale of sixty all of this takes a sixtieth of the time, and as many blocks")
    func timeScale() async throws {
        var rules = TestNetwork.rules
        rules.timeScale = 60
        let fast = try await TestedNetwork(rules: rules)
        try await fast.ledger.advance(blocks: 300, silent: [fast.key(0)])
        let slow = try await TestedNetwork()
        try await slow.ledger.advance(blocks: 300, silent: [slow.key(0)])
        #expect(await fast.ledger.chain.top.hash == slow.ledger.chain.top.hash)
        #expect(await fast.ledger.chain.top.timestamp == TestClock.epoch / 1_000 + 600)
    }

    @Test("With tests switched off nobody votes")
    func switchedOff() async throws {
        var rules = TestNetwork.rules
        rules.testing.isEnabled = false
        let network = try await TestedNetwork(rules: rules)
        try await network.ledger.advance(blocks: 200, silent: [network.key(0)])
        #expect(network.votes.isEmpty)
        #expect(await network.ledger.timeUntilTestingBlock == nil)
    }

    @Test("Blocks come by themselves while somebody is in trouble, one in two minutes, and end with the trouble")
    func pace() async throws {
        let network = try await TestedNetwork()
        try await network.pass(blocks: 20)
        let clock = network.network.clock
        let start = clock.uptime
        let height = await network.ledger.chain.top.height
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await network.ledger.run() }
            defer { group.cancelAll() }
            // While all is well somebody looks every thirty seconds.
            await clock.untilSleeping(2, until: start + .seconds(30))
            try await network.force(.decommission, on: 4)
            #expect(await network.ledger.chain.top.height == height + 1)
            for (due, made) in [(120, 2), (240, 3)] as [(Int, UInt64)] {
                while clock.uptime < start + .seconds(due) { clock.advance(by: .seconds(30)) }
                await clock.untilSomeoneSleeps(until: start + .seconds(due + 120))
                #expect(await network.ledger.chain.top.height == height + made)
            }
            try await network.force(.recommission, on: 4)
            clock.advance(by: .seconds(120))
            await clock.untilSleeping(2, until: start + .seconds(390))
            #expect(await network.ledger.chain.top.height == height + 4)
        }
    }

    @Test("One validator that lies about everyone changes nothing")
    func loneLiar() async throws {
        let network = try await TestedNetwork()
        try await network.pass(blocks: 20)
        try await network.pass(blocks: 100, liars: [3])
        #expect(!network.votes.isEmpty)
        #expect(network.votes.allSatisfy { $0.fields["validator"] == .string(network.key(3).hex) })
        #expect(await network.ledger.chain.state.nodes.values.allSatisfy(\.isActive))
    }

    @Test("Four validators that lie change nothing either; seven do")
    func manyLiars() async throws {
        let network = try await TestedNetwork()
        try await network.pass(blocks: 20)
        try await network.pass(blocks: 100, liars: [1, 2, 3, 4])
        #expect(await network.ledger.chain.state.nodes.values.allSatisfy(\.isActive))
        try await network.pass(blocks: 60, liars: [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(await network.ledger.chain.state.nodes.values.contains(where: \.isDecommissioned))
    }

    @Test("A node whose own server is silent does not judge others: half a network cannot throw out the other half")
    func sleepers() async throws {
        let network = try await TestedNetwork()
        try await network.pass(blocks: 20)
        let silent: Set = [0, 1, 2, 3, 4, 5]
        try await network.pass(blocks: 150, silent: silent)
        #expect(!network.votes.isEmpty)
        let sleepers = Set(silent.map { network.key($0).hex })
        #expect(network.votes.allSatisfy { !sleepers.contains($0.fields["validator"]?.asString ?? "") })
        #expect(await network.ledger.chain.state.nodes.values.allSatisfy(\.isActive), "six votes are no seven")
    }

    @Test("On a small network the others judge: of five nodes one is decommissioned by at least three")
    func smallNetwork() async throws {
        let network = try await TestedNetwork(nodes: 5)
        try await network.pass(blocks: 20)
        let block = try #require(try await network.pass(upTo: 60, silent: [2]) { $0.judged != nil })
        #expect(block.events.contains(.decommissioned(node: network.key(2), reasons: .storage, forced: false)))
        #expect(Set(network.votes.compactMap { $0.fields["validator"]?.asString }).count == 4)
    }

    @Test(
        "A forced decommission is undone as soon as a quorum drawn after it may judge: the node proves itself at once")
    func forced() async throws {
        let network = try await TestedNetwork()
        // Everyone proved itself minutes ago, and would not do so again for most of an hour.
        try await network.pass(blocks: 34)
        try await network.force(.decommission, on: 4)
        let height = await network.ledger.chain.top.height
        #expect(try await network.entry(4).isDecommissioned)
        #expect(await network.ledger.timeUntilTestingBlock != nil)
        let block = try #require(try await network.pass(upTo: 60) { $0.judged != nil })
        #expect(block.events.contains(.recommissioned(node: network.key(4), forced: false)))
        // The quorum of the next block, twelve blocks above that, and the block that holds the change.
        #expect(block.height == height + 1 + 12 + 1)
    }

    @Test("When the quorums are replaced by those of another branch, the new ones judge")
    func reorganisation() async throws {
        let network = try await TestedNetwork()
        try await network.pass(blocks: 20)
        try await network.pass(blocks: 34, silent: [0])
        try await network.ledger.reorganise(depth: 30)
        let block = try #require(try await network.pass(upTo: 40, silent: [0]) { $0.judged != nil })
        #expect(block.events.contains(.decommissioned(node: network.key(0), reasons: .storage, forced: false)))
        #expect(await network.ledger.chain.totals.isBalanced)
    }
}
