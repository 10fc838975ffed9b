/// The times of the nodes' tests on one ledger: mainnet's, shortened by its scale (ledger §0.1, §0.2).
struct TestTimes: Sendable, Equatable {
    /// V: how long a proof counts.
    var validity: Duration
    /// V − F: how long a peer may be out of reach.
    var grace: Duration
    /// How long a reported failure is news.
    var staleAfter: Duration
    var ipChangeWindow: Duration
    var ipChangeBuffer: Duration

    init(proofs: ProofTiming, rules: TestingRules, timeScale: Double) {
        validity = proofs.validity
        grace = proofs.unreachableGrace
        staleAfter = rules.reportStaleness / timeScale
        ipChangeWindow = rules.ipChangeWindow / timeScale
        ipChangeBuffer = rules.ipChangeBuffer / timeScale
    }
}
