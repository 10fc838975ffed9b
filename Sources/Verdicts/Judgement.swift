/// A rule every run must keep. A check reads the history and nothing else.
public protocol Check: Sendable {
    /// In lower camel case, as reports print it.
    var name: String { get }
    func examine(_ history: History) -> Finding
}

/// What every check found in one history.
public struct Judgement: Sendable {
    /// In the order the checks were given.
    public let findings: [(check: String, finding: Finding)]

    /// Every rule a delivering network and its ledger must keep.
    public static let everyCheck: [any Check] =
        [
            EveryMessageWasAcknowledged(), RecipientsGotTheirMessages(), EveryMemberHoldsEveryMessage(),
            EveryCopyWasSent(), NoForeignCopies(), EveryStoreIsSound(),
        ] + ledgerChecks + [EveryNodeWasAsked(), LogIsReadable()]

    /// The rules the staking ledger must keep, whatever is delivered.
    public static let ledgerChecks: [any Check] = [
        SwarmsStayWithinBounds(), CoinsAreConserved(), RewardsFollowTheQueue(),
    ]

    /// Judges a history by the given checks.
    public init(of history: History, by checks: [any Check] = everyCheck) {
        findings = checks.map { check in
            var finding = check.examine(history)
            for index in finding.violations.indices { finding.violations[index].check = check.name }
            return (check.name, finding)
        }
    }

    public var verdict: Verdict { .combining(findings.map(\.finding.verdict)) }
    public var violations: [Violation] { findings.flatMap(\.finding.violations) }
    /// Every reason for doubt, each once.
    public var doubts: [String] {
        var combined = Finding()
        for reason in findings.flatMap(\.finding.doubts) { combined.doubt(reason) }
        return combined.doubts
    }
}
