/// What one validator knows of a node under test (ledger §3.5).
struct Observation: Sendable, Equatable {
    /// Tests not passed.
    var failures: TestFailures
    /// The node proved itself from two addresses lately.
    var hasMoved: Bool
}

/// What a validator votes for (ledger §3.3).
struct Judgement: Sendable, Equatable {
    var change: StateChange.Kind
    var reasons: TestFailures

    /// - Parameters:
    ///   - entry: as it is now, not as it was when the quorum was drawn.
    ///   - height: of the chain's top.
    ///   - quorumHeight: of the quorum that judges.
    /// - Returns: `nil` when there is nothing to vote for; there is no vote that all is fine.
    init?(
        of entry: ServiceNodeEntry, _ observation: Observation, quorumHeight: UInt64, at height: UInt64,
        credit: DecommissionCredit
    ) {
        guard entry.isVotable(by: quorumHeight) else { return nil }
        let left = credit.blocks(base: entry.creditBase, activity: entry.activity, at: height)
        let hasPassed = observation.failures.isEmpty
        switch (hasPassed, entry.isDecommissioned) {
        case (true, true): change = .recommission
        case (true, false):
            guard observation.hasMoved, quorumHeight > entry.lastIPChangeHeight else { return nil }
            change = .ipChangePenalty
        case (false, true):
            guard left < 0 else { return nil }
            change = .deregister
        case (false, false): change = left >= Int64(credit.minimum) ? .decommission : .deregister
        }
        reasons = observation.failures
    }
}

extension ServiceNodeEntry {
    /// Whether a quorum's votes can still mean this node as it stands: nothing that happened since the quorum was drawn
    /// gave it a new start (ledger §3.3).
    func isVotable(by quorumHeight: UInt64) -> Bool {
        guard quorumHeight > registrationHeight else { return false }
        switch activity {
        case .unfunded: return false
        case .active(let since): return quorumHeight > since
        case .decommissioned(_, let since): return quorumHeight > since
        }
    }
}
