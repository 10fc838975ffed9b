import Ledger
import NodeRuntime
import SessionProtocol
import Swarms
import Testing

@testable import Orchestrator

@Suite struct NodeOperatorsTests {
    private struct Still: NodeClock {
        var wallMilliseconds: Int64 { 1_600_000_000_500 }
        var uptime: Duration { .zero }
        func sleep(for duration: Duration) async throws {}
    }

    private func configuration(_ change: (inout Topology) -> Void) -> LedgerConfiguration {
        var topology = Topology()
        change(&topology)
        let settings = NetworkSettings(
            topology: topology, seed: 4, directory: RunDirectory(name: "x", parent: "y"), executable: "")
        return NodeOperators(settings).ledgerConfiguration(clock: Still(), archive: InMemoryBlockArchive())
    }

    @Test("Every operator begins with a stake, and the treasury with what is missing to the real first block's coins")
    func genesis() {
        let genesis = configuration { $0.nodes = .count(12) }.genesis
        let balances = genesis.balances.values.map(\.atomic).sorted()
        #expect(balances.count == 13)
        #expect(balances.prefix(12).allSatisfy { $0 == Amount.coins(18_550).atomic })
        #expect(balances.reduce(0, +) == Amount.coins(22_500_000).atomic)
        #expect(genesis.timestamp == 1_600_000_000)
    }

    @Test("The treasury can always pay for as many nodes again, and has what the topology says instead")
    func treasury() {
        let many = configuration { $0.nodes = .count(2_000) }.genesis.balances.values
        #expect(many.max() == .coins(2_000 * 18_550))
        let given = configuration { $0.ledger.supply = 7 }.genesis.balances.values
        #expect(given.min() == .coins(7))
    }

    @Test("A topology's rules are the preset's with what it changes of them")
    func rules() {
        #expect(configuration { _ in }.genesis.rules == .whitepaper2020)
        #expect(configuration { $0.ledger.preset = .oxen }.genesis.rules == .oxen)
        var expected = LedgerRules.oxen
        expected.requirement = .curve
        expected.startHeight = 9
        expected.swarmPolicy = .oxen
        expected.timeScale = 30
        expected.testing.isEnabled = false
        expected.testing.testsSmallNetworks = false
        expected.unlockBlocks = 1
        expected.deregistrationLockBlocks = 2
        expected.blocksUntilPayable = 3
        expected.initialCreditBlocks = 4
        expected.minimumCreditBlocks = 5
        expected.maximumCreditBlocks = 6
        let changed = configuration {
            $0.ledger.preset = .oxen
            $0.ledger.stake = .curve
            $0.ledger.startHeight = 9
            $0.ledger.swarmPolicy = .oxen
            $0.ledger.timeScale = 30
            $0.ledger.testing.isEnabled = false
            $0.ledger.testing.testsSmallNetworks = false
            $0.ledger.blocks.unlock = 1
            $0.ledger.blocks.deregistrationLock = 2
            $0.ledger.blocks.untilPayable = 3
            $0.ledger.blocks.initialCredit = 4
            $0.ledger.blocks.minimumCredit = 5
            $0.ledger.blocks.maximumCredit = 6
            $0.ledger.blockTime = .preset
        }
        #expect(changed.genesis.rules == expected)
        #expect(changed.blockTime == .every(.seconds(4)))
    }

    @Test("A flat stake of a topology is the requirement, whatever the preset")
    func stake() {
        for preset in Topology.LedgerPreset.allCases {
            let rules = configuration {
                $0.ledger.preset = preset
                $0.ledger.stake = .coins(321)
            }.genesis.rules
            #expect(rules.requirement(at: 1) == .coins(321) && rules.requirement(at: 1_000_000) == .coins(321))
        }
    }

    @Test("What a topology takes for a preset's stake is what the preset asks for")
    func presets() {
        for preset in Topology.LedgerPreset.allCases {
            let rules = configuration { $0.ledger.preset = preset }.genesis.rules
            #expect(rules.requirement(at: 1) == .coins(UInt64(preset.stakeCoins)))
        }
    }
}
