/// Votes that wait for enough others (ledger §3.3).
struct VotePool: Sendable {
    private var votes: [ObligationVote.Subject: [UInt32: QuorumVote]] = [:]

    /// Takes a vote that was checked.
    /// - Returns: `false` when the validator has voted on the subject before; its first vote stays.
    mutating func add(_ vote: ObligationVote) -> Bool {
        let validator = vote.vote.validatorIndex
        guard votes[vote.subject]?[validator] == nil else { return false }
        votes[vote.subject, default: [:]][validator] = vote.vote
        return true
    }

    /// By validator ascending.
    func votes(on subject: ObligationVote.Subject) -> [QuorumVote] {
        (votes[subject] ?? [:]).values.sorted { $0.validatorIndex < $1.validatorIndex }
    }

    /// Everything that was voted on, in the order in which changes are proposed: oldest quorum first.
    var subjects: [ObligationVote.Subject] {
        votes.keys.sorted {
            ($0.quorumHeight, $0.workerIndex, $0.change.rawValue)
                < ($1.quorumHeight, $1.workerIndex, $1.change.rawValue)
        }
    }

    /// Forgets votes whose quorum is more than `lifetime` blocks old.
    mutating func cull(top: UInt64, lifetime: UInt64) {
        votes = votes.filter { $0.key.quorumHeight <= top && top - $0.key.quorumHeight <= lifetime }
    }

    /// Forgets votes of quorums that a reorganisation replaced.
    mutating func remove(from height: UInt64) { votes = votes.filter { $0.key.quorumHeight < height } }
}
