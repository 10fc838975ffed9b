import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Swarms
import Testing

/// What holds whatever is sent to a ledger.
@Suite struct LedgerPropertyTests {
    /// Plays a random history; about half of what it tries is refused.
    private struct Player {
        var ledger: TestLedger
        var chance: RandomSource
        var accepted = 0
        var refused = 0

        init(seed: UInt64, preset: LedgerRules.Preset) {
            let rules = TestLedger.rules(preset) {
                if preset == .oxen { $0.rewards = .batched(interval: 9, minimum: .coins(1)) }
                $0.swarmPolicy = seed.isMultiple(of: 2) ? .whitepaper : .oxen
            }
            ledger = TestLedger(rules)
            chance = RandomSource(SeededRandomness(seed: seed))
        }

        mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &chance) }

        mutating func transaction() -> LedgerTransaction {
            let node = pick(0..<10)
            let wallet = pick(0..<8)
            let amount = Amount(atomic: UInt64(pick(1..<105)) * 1_000_000_000 + UInt64(pick(0..<2)))
            let nonce = UInt64(pick(0..<200))
            switch pick(0..<10) {
            case 0, 1:
                let others = (0..<pick(0..<3)).map { ((wallet + 1 + $0) % 8, Amount.coins(UInt64(20))) }
                let stake = others.isEmpty && pick(0..<2) == 0 ? .coins(100) : amount
                return .registration(
                    ledger.registration(
                        node, by: wallet, stake: stake, others: others, fee: UInt64(pick(0..<10_001)), nonce: nonce))
            case 2, 3, 4:
                return .stake(
                    StakeTransaction(
                        node: TestLedger.key(node), contributor: TestLedger.wallets[wallet], amount: amount,
                        nonce: nonce))
            case 5:
                let entry = ledger.entry(node)
                let own = entry?.contributors.first { $0.address == TestLedger.address(wallet) }?.unfilled ?? .zero
                let free = entry.map { Amount(atomic: $0.stakingRequirement.atomic - $0.totalReserved.atomic) }
                return .stake(
                    StakeTransaction(
                        node: TestLedger.key(node), contributor: TestLedger.wallets[wallet],
                        amount: (free ?? .zero) + own, nonce: nonce))
            case 6:
                let image = ledger.keyImage(node, of: wallet) ?? []
                return .unlock(
                    UnlockTransaction(
                        node: TestLedger.key(node), keyImage: image, owner: TestLedger.wallets[wallet], nonce: nonce))
            case 7:
                return .transfer(
                    TransferTransaction(
                        from: TestLedger.wallets[wallet], to: TestLedger.address(pick(0..<12)), amount: amount,
                        nonce: nonce))
            default:
                // Seldom a deregistration, or nobody would be left.
                let changes: [StateChange.Kind] = [
                    .decommission, .decommission, .recommission, .recommission, .ipChangePenalty, .deregister,
                ]
                return ledger.forced(changes[pick(0..<6)], node)
            }
        }

        mutating func step() {
            for _ in 0..<pick(0..<7) {
                if ledger.refusal(transaction()) == nil { accepted += 1 } else { refused += 1 }
            }
            ledger.advance(pick(0..<8) == 0 ? 12 : 1)
        }
    }

    @Test(
        "No coin is lost or invented, every state can be taken back, and records make the same chain", arguments: 0..<8)
    func histories(seed: Int) throws {
        var player = Player(seed: UInt64(seed), preset: seed < 4 ? .whitepaper2020 : .oxen)
        var states: [LedgerState] = [player.ledger.chain.state]
        for _ in 0..<150 {
            let before = player.ledger.chain.blocks.count
            player.step()
            let chain = player.ledger.chain
            #expect(chain.totals.isBalanced)
            Self.expectSound(chain)
            states += Array(repeating: chain.state, count: chain.blocks.count - before)
        }
        #expect(player.accepted > 60 && player.refused > 60, "\(player.accepted) \(player.refused)")
        let chain = player.ledger.chain
        let records = chain.blocks.dropFirst().map(\.record)
        let again = try LedgerChain.replay(genesis: chain.genesis, records: records)
        #expect(again.blocks == chain.blocks && again.state == chain.state)
        // A branch of the same transactions at the same times differs in hashes, and so in swarms, only.
        for depth in [1, 7, 60, chain.blocks.count - 1] where depth <= 360 {
            var branch = chain
            let outcome = try branch.reorganise(depth: depth, timestamp: chain.top.timestamp)
            #expect(outcome.lost.isEmpty)
            var straight = chain
            straight.produceBlock(timestamp: chain.top.timestamp)
            #expect(Self.withoutSwarms(branch.entries) == Self.withoutSwarms(straight.entries))
            #expect(branch.state.balances == straight.state.balances && branch.totals == straight.totals)
            #expect(branch.state.keyImages == straight.state.keyImages)
            #expect(
                branch.state.accrued == straight.state.accrued && branch.state.blacklist == straight.state.blacklist)
            let copy = try LedgerChain.replay(
                genesis: branch.genesis, records: branch.blocks.dropFirst().map(\.record))
            #expect(copy.blocks == branch.blocks && copy.state == branch.state)
        }
    }

    @Test("Taking blocks back one by one passes through every earlier state", arguments: [3, 6])
    func undo(seed: Int) throws {
        var player = Player(seed: UInt64(seed), preset: seed < 4 ? .whitepaper2020 : .oxen)
        for _ in 0..<60 { player.step() }
        let chain = player.ledger.chain
        for depth in [1, 2, 5, 20, 50] {
            // A branch that is taken back to where it began and played again ends in the same place.
            let height = chain.blocks.count - depth
            let expected = try LedgerChain.replay(
                genesis: chain.genesis, records: chain.blocks[1..<height].map(\.record))
            #expect(chain.entries(at: UInt64(height - 1)) == expected.entries)
            #expect(chain.totals(at: UInt64(height - 1)) == expected.totals)
        }
    }

    /// What every state obeys.
    private static func expectSound(_ chain: LedgerChain) {
        var images: Set<Bytes> = []
        for entry in chain.entries {
            #expect(entry.isFunded == (entry.totalContributed >= entry.stakingRequirement))
            #expect(entry.totalReserved <= entry.stakingRequirement)
            #expect(entry.stakeCount <= chain.genesis.rules.maximumContributors)
            #expect((entry.swarm != .unassigned) == entry.isActive)
            for contributor in entry.contributors {
                let locked = contributor.stakes.reduce(Amount.zero) { $0 + $1.amount }
                #expect(contributor.amount <= locked)
                for stake in contributor.stakes {
                    #expect(images.insert(stake.keyImage).inserted)
                    #expect(chain.state.keyImages[stake.keyImage] == .locked(node: entry.node))
                }
            }
        }
        for entry in chain.state.blacklist {
            #expect(images.insert(entry.keyImage).inserted && entry.unlockHeight > chain.top.height)
            #expect(chain.state.keyImages[entry.keyImage] == .blacklisted(until: entry.unlockHeight))
        }
    }

    private static func withoutSwarms(_ entries: [ServiceNodeEntry]) -> [ServiceNodeEntry] {
        entries.map { entry in
            var entry = entry
            entry.swarm = .unassigned
            return entry
        }
    }
}
