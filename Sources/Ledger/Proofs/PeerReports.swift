import SessionProtocol

/// What one node's storage server and router report about their peers (ledger §6.6).
struct PeerReports: Sendable {
    /// What was tested.
    enum Subject: String, Sendable {
        case storage
        case lokinet
    }

    /// Times by the ledger's own clock.
    struct Record: Sendable, Equatable {
        var lastOK: Duration?
        /// Start of the current run of failures.
        var firstBad: Duration?
        var lastBad: Duration?
    }

    private var records: [Subject: [LegacyPublicKey: Record]] = [:]

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
    }

    func record(of peer: LegacyPublicKey, _ subject: Subject) -> Record? { records[subject]?[peer] }
}
