import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

/// A chain of active nodes whose keys are at hand, so that tests can vote in their names.
struct VotingChain {
    private(set) var chain: LedgerChain
    private let keys: [LegacyPublicKey: LegacyKeyPair]

    /// All nodes are registered at height 1.
    init(nodes count: Int = 12, rules: LedgerRules = .whitepaper2020, blocks: Int = 20) throws {
        let nodes = TestNetwork.keys(count)
        keys = Dictionary(uniqueKeysWithValues: nodes.map { ($0.legacy.publicKey, $0.legacy) })
        chain = LedgerChain(
            genesis: Genesis(
                networkSeed: TestNetwork.seed,
                balances: [TestNetwork.wallet.address: .coins(18_550 * UInt64(count) + 100_000)], rules: rules))
        for node in nodes { try register(node.legacy.publicKey) }
        make(blocks: blocks)
    }

    mutating func register(_ node: LegacyPublicKey, nonce: UInt64 = 0) throws {
        let rules = chain.genesis.rules
        let keys = try #require(keys[node])
        // A nonce of its own for every stake: equal ones would name one output.
        let own = nonce << 32 | UInt64(self.keys.keys.sorted().firstIndex(of: node) ?? 0)
        try submit(
            .registration(
                RegistrationTransaction(
                    node: keys, operator: TestNetwork.wallet, stake: rules.requirement(at: chain.height), rules: rules,
                    height: chain.height, signedAt: 0, nonce: own)))
    }

    mutating func submit(_ transaction: LedgerTransaction) throws { try chain.submit([transaction]) }

    mutating func make(blocks: Int) {
        for _ in 0..<blocks { chain.produceBlock(timestamp: Int64(chain.height) * 120) }
    }

    /// Puts a change in line and makes its block.
    @discardableResult
    mutating func mine(_ change: StateChange) throws -> Block {
        try submit(.stateChange(change))
        make(blocks: 1)
        return chain.top
    }

    mutating func reorganise(depth: Int) throws -> Reorganisation {
        try chain.reorganise(depth: depth, timestamp: chain.top.timestamp)
    }

    func entry(_ node: LegacyPublicKey) throws -> ServiceNodeEntry { try #require(chain.state.nodes[node]) }

    func quorum(_ height: UInt64) throws -> ObligationsQuorum { try #require(chain.obligationsQuorum(at: height)) }

    /// The node that the quorum of a height tests first.
    func worker(of height: UInt64) throws -> LegacyPublicKey { try #require(try quorum(height).workers.first) }

    /// The first height from `start` on whose quorum tests a node; makes blocks as needed.
    mutating func height(testing node: LegacyPublicKey, from start: UInt64) throws -> UInt64 {
        var height = start
        while true {
            while chain.top.height < height { make(blocks: 1) }
            if try quorum(height).workers.contains(node) { return height }
            height += 1
        }
    }

    /// Every node but some, each with the reports that nobody could reach the suspects for two hours.
    func voters(
        except asleep: Set<LegacyPublicKey> = [], suspecting suspects: [LegacyPublicKey], at now: Duration
    ) -> [LegacyPublicKey: ConsensusTesting.Voter] {
        keys.filter { !asleep.contains($0.key) }.mapValues { key in
            var reports = PeerReports()
            for suspect in suspects where suspect != key.publicKey {
                for time in [now - .seconds(7_200), now] { reports.add(.storage, suspect, passed: false, at: time) }
            }
            return ConsensusTesting.Voter(key: key, reports: reports)
        }
    }

    /// A vote as this validator would cast it.
    func vote(
        _ validator: UInt32, _ change: StateChange.Kind, worker: UInt32, quorum height: UInt64,
        reasons: TestFailures = .storage
    ) throws -> QuorumVote {
        let key = try #require(keys[try quorum(height).validators[Int(validator)]])
        return ObligationVote(
            .init(quorumHeight: height, workerIndex: worker, change: change), validatorIndex: validator,
            reasons: reasons, signedBy: key
        ).vote
    }

    /// A change with the votes of the validators given.
    func change(
        _ kind: StateChange.Kind, of node: LegacyPublicKey, quorum height: UInt64, voters: Range<UInt32> = 0..<7
    ) throws -> StateChange {
        let place = UInt32(try #require(try quorum(height).workers.firstIndex(of: node)))
        let votes = try voters.map { try vote($0, kind, worker: place, quorum: height) }
        return StateChange(
            node: node, change: kind, quorumHeight: height, authority: .quorum(workerIndex: place, votes: votes))
    }

    /// The rule a change breaks; `nil` when it is taken, which leaves no trace here.
    func fault(_ change: StateChange) -> StateChangeFault? {
        var chain = chain
        do {
            try chain.submit([.stateChange(change)])
            return nil
        } catch {
            guard case .stateChange(let fault) = error.reason else { return nil }
            return fault
        }
    }
}
