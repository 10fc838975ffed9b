import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

/// Who judges which quorum, and how often.
@Suite struct ConsensusTestingTests {
    private static let now = Duration.seconds(100_000)
    private let nodes = TestNetwork.keys(12).map(\.legacy.publicKey)

    private static func testing() -> ConsensusTesting {
        let rules = TestNetwork.rules
        return ConsensusTesting(
            times: TestTimes(proofs: rules.proofTiming, rules: rules.testing, timeScale: rules.timeScale))
    }

    /// Everyone's proofs are good.
    private func moment() -> ConsensusTesting.Moment {
        var proofs = UptimeProofs(timing: TestNetwork.rules.proofTiming)
        for node in nodes { proofs.excuse(node, at: Self.now) }
        return ConsensusTesting.Moment(now: Self.now, timestamp: 0, proofs: proofs)
    }

    @Test("Quorums are judged once twelve blocks lie above them, up to sixty blocks back")
    func range() throws {
        let network = try VotingChain(blocks: 100)
        var testing = Self.testing()
        let voters = network.voters(suspecting: nodes, at: Self.now)
        let heights = testing.judge(network.chain, voters: voters, at: moment()).votes.map(\.quorumHeight)
        #expect(network.chain.top.height == 100)
        #expect(heights.min() == 40 && heights.max() == 88)
        #expect(heights.count == 49 * 10 * 2, "every validator judges both workers of each")
    }

    @Test("A validator judges each quorum once, also when another wakes up and catches up")
    func once() throws {
        var network = try VotingChain(blocks: 40)
        var testing = Self.testing()
        let (sleeper, first, second) = (nodes[0], nodes[1], nodes[2])
        let early = network.voters(except: [sleeper], suspecting: [first], at: Self.now)
        let votes = testing.judge(network.chain, voters: early, at: moment()).votes
        #expect(!votes.isEmpty && votes.allSatisfy { $0.node == first && $0.validator != sleeper })
        #expect(testing.judge(network.chain, voters: early, at: moment()).votes.isEmpty)

        network.make(blocks: 1)
        let late = network.voters(suspecting: [first, second], at: Self.now)
        let later = testing.judge(network.chain, voters: late, at: moment()).votes
        let old = later.filter { $0.quorumHeight <= 28 }
        #expect(old.contains { $0.node == second })
        #expect(old.allSatisfy { $0.validator == sleeper }, "the others are done with those quorums")
        #expect(later.allSatisfy { $0.quorumHeight <= 29 })
    }

    @Test("Who was set aside since its quorum was drawn does not judge")
    func setAside() throws {
        var network = try VotingChain(blocks: 40)
        let (judge, suspect) = (nodes[0], nodes[1])
        try network.mine(
            StateChange(
                node: judge, change: .decommission, quorumHeight: 40, authority: .operator(reasons: .storage)))
        var testing = Self.testing()
        let voters = network.voters(suspecting: [suspect], at: Self.now)
        let votes = testing.judge(network.chain, voters: voters, at: moment()).votes
        #expect(!votes.isEmpty && votes.allSatisfy { $0.validator != judge })
    }

    @Test("Seven votes make a change, with every vote there is; six make none")
    func tally() throws {
        let network = try VotingChain(blocks: 13)
        let quorum = try network.quorum(1)
        // Nobody is votable by the quorum of the block that registered it.
        var testing = Self.testing()
        let everyone = network.voters(suspecting: nodes, at: Self.now)
        #expect(testing.judge(network.chain, voters: everyone, at: moment()).votes.isEmpty, "\(quorum.height)")

        let next = try VotingChain(blocks: 14)
        let validators = try next.quorum(2).validators
        let suspect = try next.worker(of: 2)
        for (asleep, expected) in [(0, 10), (3, 7), (4, nil)] as [(Int, Int?)] {
            var testing = Self.testing()
            let voters = next.voters(
                except: Set(validators.prefix(asleep)), suspecting: [suspect], at: Self.now)
            let (votes, changes) = testing.judge(next.chain, voters: voters, at: moment())
            #expect(votes.count == 10 - asleep)
            #expect(changes.map(\.node) == (expected == nil ? [] : [suspect]))
            guard let expected, case .quorum(_, let kept) = changes.first?.authority else { continue }
            #expect(kept.count == expected)
            #expect(changes.allSatisfy { next.fault($0) == nil })
        }
    }

    @Test("What a reorganisation replaced is judged anew, with the quorum that is there now")
    func replaced() throws {
        var network = try VotingChain(blocks: 40)
        var testing = Self.testing()
        let voters = network.voters(suspecting: nodes, at: Self.now)
        _ = testing.judge(network.chain, voters: voters, at: moment())
        let before = try network.quorum(25)
        _ = try network.reorganise(depth: 20)
        testing.forget(from: 21)
        #expect(try network.quorum(25) != before)
        let (votes, changes) = testing.judge(network.chain, voters: voters, at: moment())
        #expect(Set(votes.map(\.quorumHeight)) == Set(21...29))
        #expect(!changes.isEmpty && changes.allSatisfy { network.fault($0) == nil })
    }
}
