import SessionProtocol
import Testing

@testable import Ledger

/// Which votes make a state change.
@Suite struct StateChangeVoteTests {
    /// Twelve nodes, twenty blocks; the quorum of height 5 judges its first worker.
    private let network: VotingChain
    private let node: LegacyPublicKey
    private static let height: UInt64 = 5

    init() throws {
        network = try VotingChain()
        node = try network.worker(of: Self.height)
    }

    private func change(
        votes: [QuorumVote], worker: UInt32 = 0, node: LegacyPublicKey? = nil, quorum: UInt64 = height
    ) -> StateChange {
        StateChange(
            node: node ?? self.node, change: .decommission, quorumHeight: quorum,
            authority: .quorum(workerIndex: worker, votes: votes))
    }

    private func votes(_ validators: [UInt32], worker: UInt32 = 0) throws -> [QuorumVote] {
        try validators.map { try network.vote($0, .decommission, worker: worker, quorum: Self.height) }
    }

    @Test("Seven votes of ten are enough, and all ten are no worse; six are too few")
    func count() throws {
        #expect(network.fault(change(votes: try votes([0, 1, 2, 3, 4, 5, 6]))) == nil)
        #expect(network.fault(change(votes: try votes([0, 2, 3, 5, 7, 8, 9]))) == nil)
        #expect(network.fault(change(votes: try votes(Array(0..<10)))) == nil)
        #expect(network.fault(change(votes: try votes([0, 1, 2, 3, 4, 5]))) == .tooFewVotes(6, needed: 7))
        #expect(network.fault(change(votes: [])) == .tooFewVotes(0, needed: 7))
    }

    @Test("Nobody votes twice, and votes stand in the order of their validators")
    func order() throws {
        let twice = change(votes: try votes([0, 1, 2, 3, 4, 5, 5]))
        #expect(network.fault(twice) == .votesOutOfOrder(validator: 5, after: 5))
        let swapped = change(votes: try votes([0, 1, 2, 4, 3, 5, 6]))
        #expect(network.fault(swapped) == .votesOutOfOrder(validator: 3, after: 4))
    }

    @Test("Every signature must be its validator's: two swapped ones spoil the change")
    func signatures() throws {
        var votes = try votes([0, 1, 2, 3, 4, 5, 6])
        let (first, second) = (votes[0], votes[1])
        votes[0] = QuorumVote(validatorIndex: 0, reasons: first.reasons, signature: second.signature)
        votes[1] = QuorumVote(validatorIndex: 1, reasons: second.reasons, signature: first.signature)
        #expect(network.fault(change(votes: votes)) == .badVote(.badSignature(validator: 0)))
        // Votes on the other worker say nothing of this one.
        let other = try self.votes([0, 1, 2, 3, 4, 5, 6], worker: 1)
        #expect(network.fault(change(votes: other)) == .badVote(.badSignature(validator: 0)))
    }

    @Test("Validators and workers must be in the quorum, and the worker must be the node")
    func indices() throws {
        var votes = try votes([0, 1, 2, 3, 4, 5, 6])
        votes[6] = QuorumVote(validatorIndex: 10, reasons: [], signature: votes[6].signature)
        #expect(network.fault(change(votes: votes)) == .badVote(.noSuchValidator(index: 10, validators: 10)))
        let good = try self.votes([0, 1, 2, 3, 4, 5, 6])
        #expect(network.fault(change(votes: good, worker: 2)) == .wrongWorker(index: 2, workers: 2))
        #expect(network.fault(change(votes: good, worker: 1)) == .wrongWorker(index: 1, workers: 2))
        let stranger = try network.quorum(Self.height).validators[0]
        #expect(network.fault(change(votes: good, node: stranger)) == .wrongWorker(index: 0, workers: 2))
    }

    @Test("A change fits into the 59 blocks above its quorum's, and into no other")
    func time() throws {
        var network = network
        let top = network.chain.top.height
        let early = change(votes: try votes([0, 1, 2, 3, 4, 5, 6]), quorum: top + 1)
        #expect(network.fault(early) == .outOfTime(quorum: top + 1, height: top + 1, lifetime: 60))
        let late = try network.change(.decommission, of: node, quorum: Self.height)
        network.make(blocks: Int(Self.height + 59 - network.chain.height))
        #expect(network.chain.height == Self.height + 59)
        #expect(network.fault(late) == nil)
        network.make(blocks: 1)
        #expect(network.fault(late) == .outOfTime(quorum: 5, height: 65, lifetime: 60))
    }

    @Test("The newest block's quorum may be heard in the very next block")
    func newest() throws {
        let top = network.chain.top.height
        let change = try network.change(.decommission, of: try network.worker(of: top), quorum: top)
        #expect(network.fault(change) == nil)
    }

    @Test("What all votes name and what any names are told apart")
    func reasons() throws {
        let all = try (0..<7).map { validator in
            try self.network.vote(
                validator, .decommission, worker: 0, quorum: Self.height,
                reasons: validator == 3 ? [.storage] : [.uptime, .storage])
        }
        let change = change(votes: all)
        #expect(change.reasonsAll == .storage)
        #expect(change.reasonsAny == [.uptime, .storage])
        var network = network
        try network.mine(change)
        let entry = try network.entry(node)
        #expect(entry.reasonsAll == 0x08 && entry.reasonsAny == 0x09)
    }

    @Test("By the daemon's rules six active nodes can change nothing: their quorum has no seven votes")
    func tooFewNodes() throws {
        var rules = LedgerRules.whitepaper2020
        rules.testing.testsSmallNetworks = false
        var network = try VotingChain(nodes: 6, rules: rules)
        let quorum = try network.quorum(5)
        #expect(quorum.validators.count == 6 && quorum.workers.isEmpty)
        // Only the operator can make somebody a worker here; taking it back would still need seven.
        let node = quorum.validators[0]
        try network.mine(
            StateChange(
                node: node, change: .decommission, quorumHeight: network.chain.top.height,
                authority: .operator(reasons: .uptime)))
        network.make(blocks: 1)
        let height = network.chain.top.height
        let all = try network.change(.recommission, of: node, quorum: height, voters: 0..<5)
        #expect(network.fault(all) == .tooFewVotes(5, needed: 7))
    }

    @Test("This network's: six active nodes need four votes of the five others, and eight nodes five of seven")
    func smallNetwork() throws {
        for (count, needed) in [(6, 4), (8, 5)] as [(Int, UInt32)] {
            let network = try VotingChain(nodes: count)
            let quorum = try network.quorum(5)
            let place = UInt32(0)
            let node = quorum.workers[0]
            let judges = quorum.validators.indices.filter { quorum.validators[$0] != node }.map { UInt32($0) }
            func change(_ voters: some Sequence<UInt32>) throws -> StateChange {
                StateChange(
                    node: node, change: .decommission, quorumHeight: 5,
                    authority: .quorum(
                        workerIndex: place,
                        votes: try voters.map { try network.vote($0, .decommission, worker: place, quorum: 5) }))
            }
            #expect(network.fault(try change(judges.prefix(Int(needed)))) == nil)
            #expect(
                network.fault(try change(judges.prefix(Int(needed) - 1)))
                    == .tooFewVotes(Int(needed) - 1, needed: Int(needed)))
            let withOwn = Set(judges.prefix(Int(needed))).union([UInt32(quorum.validators.firstIndex(of: node) ?? 0)])
            #expect(network.fault(try change(withOwn.sorted())) == .badVote(.ownWorker(index: 0)))
        }
    }
}
