import SessionProtocol

/// What one node's own storage server and router found out about a peer, as its daemon tells it (ledger §6.2). Times
/// are seconds since the Unix epoch.
struct PeerTestResults: Sendable, Equatable {
    /// A fact that never was is `nil`.
    struct Result: Sendable, Equatable {
        /// Also of a peer that was never tested.
        var isReachable: Bool
        var firstUnreachable: Int64?
        var lastUnreachable: Int64?
        var lastReachable: Int64?
    }

    let storage: Result
    let lokinet: Result

    /// - Parameters:
    ///   - staleAfter: how long a failure is news.
    ///   - now: by the clock of the reports.
    ///   - timestamp: the same moment in seconds since the Unix epoch.
    init(
        of peer: LegacyPublicKey, in reports: PeerReports, staleAfter: Duration, at now: Duration, timestamp: Int64
    ) {
        func result(_ subject: PeerReports.Subject) -> Result {
            let record = reports.record(of: peer, subject)
            let verdict = Reachability(record, at: now, staleAfter: staleAfter)
            func time(_ moment: Duration?) -> Int64? { moment.map { timestamp - (now - $0).components.seconds } }
            var isReachable = true
            if case .bad = verdict { isReachable = false }
            return Result(
                isReachable: isReachable, firstUnreachable: time(record?.firstBad),
                lastUnreachable: time(record?.lastBad), lastReachable: time(record?.lastOK))
        }
        storage = result(.storage)
        lokinet = result(.lokinet)
    }
}
