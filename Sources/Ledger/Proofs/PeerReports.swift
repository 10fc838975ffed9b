import SessionProtocol

/// What one node's storage server and router report about their peers (ledger §6.6).
struct PeerReports: Sendable {
    /// What was tested.
    enum Subject: String, Sendable, CaseIterable {
        case storage
        case lokinet

        /// What a peer that cannot be reached fails in.
        var failure: TestFailures { self == .storage ? .storage : .lokinet }
    }

    /// Times by the ledger's own clock.
    struct Record: Sendable, Equatable {
        var lastOK: Duration?
        /// Start of the current run of failures.
        var firstBad: Duration?
        var lastBad: Duration?
    }

    private var records: [Subject: [LegacyPublicKey: Record]] = [:]
    /// Peers whose last report was bad, in no order: whoever looks for failures need not look at everyone.
    private(set) var suspects: Set<LegacyPublicKey> = []

    mutating func add(_ subject: Subject, _ peer: LegacyPublicKey, passed: Bool, at uptime: Duration) {
        var record = records[subject]?[peer] ?? Record()
        if passed {
            record.lastOK = uptime
            record.firstBad = nil
        } else {
            record.lastBad = uptime
            record.firstBad = record.firstBad ?? uptime
        }
        records[subject, default: [:]][peer] = record
        let isSuspect = Subject.allCases.contains { records[$0]?[peer]?.firstBad != nil }
        if isSuspect { suspects.insert(peer) } else { suspects.remove(peer) }
    }

    /// Whatever a peer failed in, it passes now.
    mutating func clear(_ peer: LegacyPublicKey, at uptime: Duration) {
        for subject in Subject.allCases where records[subject]?[peer]?.firstBad != nil {
            add(subject, peer, passed: true, at: uptime)
        }
    }

    /// A peer that left the ledger is nobody's concern, and a new start is a new start.
    mutating func forget(_ peer: LegacyPublicKey) {
        for subject in Subject.allCases { records[subject]?[peer] = nil }
        suspects.remove(peer)
    }

    func record(of peer: LegacyPublicKey, _ subject: Subject) -> Record? { records[subject]?[peer] }

    /// What a peer fails in by these reports (ledger §3.5).
    /// - Parameters:
    ///   - grace: how long a peer may be out of reach.
    ///   - staleAfter: how long a failure is news.
    func failures(of peer: LegacyPublicKey, at now: Duration, grace: Duration, staleAfter: Duration) -> TestFailures {
        guard suspects.contains(peer) else { return [] }
        return Subject.allCases.reduce(into: TestFailures()) { failures, subject in
            let reachability = Reachability(record(of: peer, subject), at: now, staleAfter: staleAfter)
            if !reachability.passes(at: now, grace: grace) { failures.insert(subject.failure) }
        }
    }
}
