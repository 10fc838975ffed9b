/// What one node's own storage server or router says of a peer (ledger §3.5).
enum Reachability: Sendable, Equatable {
    case good
    /// Failing for ``since`` at the last word, which is fresh.
    case bad(since: Duration)
    /// Never tested, or the failure is too old to tell. Counts as passed.
    case unknown

    /// - Parameters:
    ///   - staleAfter: how long a failure is news; 5 minutes on mainnet.
    ///   - now: by the clock of the reports.
    init(_ record: PeerReports.Record?, at now: Duration, staleAfter: Duration) {
        guard let record else {
            self = .unknown
            return
        }
        guard let lastBad = record.lastBad else {
            self = record.lastOK == nil ? .unknown : .good
            return
        }
        if let lastOK = record.lastOK, lastOK >= lastBad {
            self = .good
        } else if lastBad > now - staleAfter {
            self = .bad(since: record.firstBad ?? lastBad)
        } else {
            self = .unknown
        }
    }

    /// A peer fails only when it could not be reached for a while.
    /// - Parameter grace: V − F: how long failures without a success between are forgiven.
    func passes(at now: Duration, grace: Duration) -> Bool {
        guard case .bad(let since) = self else { return true }
        return now - since < grace
    }
}
