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
    ///   - quorumHeight: of the quorum that judges.
    ///   - height: of the chain's top.
    /// - Returns: `nil` when there is nothing to vote for; there is no vote that all is fine.
    init?(
        of entry: ServiceNodeEntry, _ observation: Observation, quorumHeight: UInt64, at height: UInt64,
        rules: LedgerRules
    ) {
        guard entry.isVotable(by: quorumHeight) else { return nil }
        let credit = entry.credit(at: height, rules: rules)
        switch (observation.failures.isEmpty, entry.isDecommissioned) {
        case (true, true): change = .recommission
        case (true, false):
            guard observation.hasMoved, quorumHeight > entry.lastIPChangeHeight else { return nil }
            change = .ipChangePenalty
        case (false, true):
            guard credit < 0 else { return nil }
            change = .deregister
        case (false, false): change = credit >= Int64(rules.minimumCreditBlocks) ? .decommission : .deregister
        }
        reasons = observation.failures
    }
}

extension ServiceNodeEntry {
    /// Whether a quorum's votes can still mean this node as it stands: nothing that happened since the quorum was drawn
    /// gave it a new start (ledger §3.3).
    func isVotable(by quorumHeight: UInt64) -> Bool {
        isFunded && quorumHeight > max(registrationHeight, lastStart)
    }

    /// Height of the last block that gave the node a new start.
    var lastStart: UInt64 {
        switch activity {
        case .unfunded: registrationHeight
        case .active(let since): since
        case .decommissioned(_, let since): since
        }
    }
}
