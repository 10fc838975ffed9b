import SessionProtocol

/// Why a state change does not count, with the numbers (ledger §3.4).
public enum StateChangeFault: Error, Sendable, Equatable {
    case notRegistered
    /// The stake is not complete, so there is no standing to change.
    case notFunded
    /// The change has no meaning for a node in this state.
    case wrongState(change: StateChange.Kind, isDecommissioned: Bool)
    /// Something gave the node a new start at `since`, so older quorums have no say.
    case notVotable(quorum: UInt64, since: UInt64)
    /// The node was penalised, or registered, at `lastChange`.
    case alreadyPenalised(quorum: UInt64, lastChange: UInt64)
    /// A quorum's changes count from the block after it until `lifetime` blocks above it.
    case outOfTime(quorum: UInt64, height: UInt64, lifetime: UInt64)
    case noQuorum(UInt64)
    /// The worker's index names another node, or nobody.
    case wrongWorker(index: UInt32, workers: Int)
    case tooFewVotes(Int, needed: Int)
    /// Votes are not in ascending order of their validators, or one voted twice.
    case votesOutOfOrder(validator: UInt32, after: UInt32)
    case badVote(VoteRefusal)
}

extension StateChange {
    /// Checks all that depends on the node's entry and on time.
    /// - Parameters:
    ///   - entry: in the state the change would apply to; `nil` when there is none.
    ///   - height: of the block that would hold the change.
    func stateFault(for entry: ServiceNodeEntry?, height: UInt64, rules: TestingRules) -> StateChangeFault? {
        guard let entry else { return .notRegistered }
        guard entry.isFunded else { return .notFunded }
        guard quorumHeight < height, height < quorumHeight + rules.lifetime else {
            return .outOfTime(quorum: quorumHeight, height: height, lifetime: rules.lifetime)
        }
        let isPossible =
            entry.isDecommissioned ? change == .recommission || change == .deregister : change != .recommission
        guard isPossible else { return .wrongState(change: change, isDecommissioned: entry.isDecommissioned) }
        // The operator decides on the node as it stands now.
        guard isForced || entry.isVotable(by: quorumHeight) else {
            return .notVotable(quorum: quorumHeight, since: entry.lastStart)
        }
        if change == .ipChangePenalty, !isForced, quorumHeight <= entry.lastIPChangeHeight {
            return .alreadyPenalised(quorum: quorumHeight, lastChange: entry.lastIPChangeHeight)
        }
        return nil
    }

    /// Checks the votes; a forced change needs none.
    /// - Parameter quorum: drawn after the block at ``quorumHeight``; `nil` when the chain has none.
    func voteFault(quorum: ObligationsQuorum?) -> StateChangeFault? {
        guard case .quorum(let workerIndex, let votes) = authority else { return nil }
        guard let quorum else { return .noQuorum(quorumHeight) }
        guard workerIndex < quorum.workers.count, quorum.workers[Int(workerIndex)] == node else {
            return .wrongWorker(index: workerIndex, workers: quorum.workers.count)
        }
        let needed = quorum.votesNeeded(for: Int(workerIndex))
        guard votes.count >= needed else { return .tooFewVotes(votes.count, needed: needed) }
        for (earlier, later) in zip(votes, votes.dropFirst()) where later.validatorIndex <= earlier.validatorIndex {
            return .votesOutOfOrder(validator: later.validatorIndex, after: earlier.validatorIndex)
        }
        let subject = ObligationVote.Subject(quorumHeight: quorumHeight, workerIndex: workerIndex, change: change)
        for vote in votes {
            if let refusal = vote.refusal(on: subject, quorum: quorum) { return .badVote(refusal) }
        }
        return nil
    }
}
