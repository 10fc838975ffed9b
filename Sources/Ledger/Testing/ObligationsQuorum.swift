import SessionProtocol
import Swarms

/// Who tests whom, from the hash of one block (ledger §3.2).
public struct ObligationsQuorum: Sendable, Equatable {
    /// Of the block whose hash drew it and after which it was drawn.
    public let height: UInt64
    /// Active nodes, in the order their votes are numbered.
    public let validators: [LegacyPublicKey]
    /// Nodes under test, active and decommissioned, in the order votes number them.
    public let workers: [LegacyPublicKey]
    /// How many nodes were active.
    public let activeNodes: Int
    private let rules: TestingRules

    /// - Parameters:
    ///   - hash: of the block at `height`.
    ///   - active: after that block, by legacy key ascending.
    ///   - decommissioned: after that block, by legacy key ascending.
    public init(
        height: UInt64, hash: BlockHash, active: [LegacyPublicKey], decommissioned: [LegacyPublicKey],
        rules: TestingRules
    ) {
        let nodes = active + decommissioned
        let validatorCount = min(active.count, rules.quorumSize)
        let order = QuorumChance.indices(
            count: nodes.count, validators: validatorCount, activeCount: active.count,
            hardfork16: rules.hasHardfork16Chance, hash: hash.bytes, type: .obligations)
        let rest = nodes.count - validatorCount
        let workerCount = min(rest, max(rules.minimumWorkers, rest / 100))
        let validators = order.prefix(validatorCount).map { nodes[$0] }
        var workers = order[validatorCount..<(validatorCount + workerCount)].map { nodes[$0] }
        // Everyone active is a validator here, so nobody active would be tested.
        if rules.testsSmallNetworks, active.count <= rules.quorumSize { workers += validators }
        self.height = height
        self.validators = validators
        self.workers = workers
        activeNodes = active.count
        self.rules = rules
    }

    /// Whether a validator may judge a worker: on a small network everyone is both, and nobody judges itself.
    func mayJudge(validator: Int, worker: Int) -> Bool { validators[validator] != workers[worker] }

    /// Votes that make a state change of one worker.
    /// - Parameter worker: an index of ``workers``.
    public func votesNeeded(for worker: Int) -> Int {
        let judges = validators.count(where: { $0 != workers[worker] })
        return rules.votesNeeded(of: judges, activeNodes: activeNodes)
    }
}
