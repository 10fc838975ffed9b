extension StateChangeFault: CustomStringConvertible {
    /// The rule, the numbers, and what to do.
    public var description: String {
        switch self {
        case .notRegistered: "the node is not registered; nobody can judge it"
        case .notFunded: "the node's stake is not complete; only active and decommissioned nodes are judged"
        case .wrongState(let change, let isDecommissioned):
            "a node that is \(isDecommissioned ? "decommissioned" : "active") allows no \(change)"
        case .notVotable(let quorum, let since):
            "the quorum of height \(quorum) judged the node before its new start at \(since); a later one must judge"
        case .alreadyPenalised(let quorum, let lastChange):
            "the quorum of height \(quorum) is not above \(lastChange), where the node was penalised or registered last"
        case .outOfTime(let quorum, let height, let lifetime):
            "changes of the quorum of height \(quorum) fit into blocks \(quorum + 1) to \(quorum + lifetime - 1), not "
                + "into \(height)"
        case .noQuorum(let height): "the chain knows no quorum of height \(height)"
        case .wrongWorker(let index, let workers):
            "worker \(index) of the quorum's \(workers) is not the node; name the node's own place"
        case .tooFewVotes(let count, let needed): "it carries \(count) votes; \(needed) are needed"
        case .votesOutOfOrder(let validator, let after):
            "the vote of validator \(validator) comes after that of \(after); validators must ascend, each once"
        case .badVote(let refusal): "one vote does not count: \(refusal)"
        }
    }
}

extension VoteRefusal: CustomStringConvertible {
    /// The rule and the numbers.
    public var description: String {
        switch self {
        case .quorumAboveTop(let quorum, let top):
            "its quorum's height \(quorum) is above the chain's top, \(top)"
        case .tooOld(let quorum, let top, let lifetime):
            "its quorum's height \(quorum) is more than \(lifetime) blocks below the chain's top, \(top)"
        case .noQuorum(let height): "the chain knows no quorum of height \(height)"
        case .noSuchValidator(let index, let validators): "validator \(index) is none of the quorum's \(validators)"
        case .noSuchWorker(let index, let workers): "worker \(index) is none of the quorum's \(workers)"
        case .ownWorker(let index): "worker \(index) is the validator itself"
        case .badSignature(let validator): "the signature is not that of validator \(validator) over this vote"
        }
    }
}
