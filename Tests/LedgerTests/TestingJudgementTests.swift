import SessionCrypto
import SessionProtocol
import Testing

@testable import Ledger

@Suite struct TestingJudgementTests {
    static let active = ServiceNodeEntry.Activity.active(since: 100)
    static let decommissioned = ServiceNodeEntry.Activity.decommissioned(activeSince: 100, at: 820)

    private static func entry(_ activity: ServiceNodeEntry.Activity, lastIPChange: UInt64 = 100) -> ServiceNodeEntry {
        var entry = ServiceNodeEntry.example(node: TestNetwork.keys(1)[0].legacy.publicKey, activity: activity)
        entry.lastIPChangeHeight = lastIPChange
        return entry
    }

    private static func judge(
        _ entry: ServiceNodeEntry, failures: TestFailures = [], hasMoved: Bool = false, quorum: UInt64, top: UInt64
    ) -> Judgement? {
        Judgement(
            of: entry, Observation(failures: failures, hasMoved: hasMoved), quorumHeight: quorum, at: top,
            rules: .whitepaper2020)
    }

    struct Case: Sendable {
        var activity: ServiceNodeEntry.Activity
        var failures: TestFailures = []
        var hasMoved = false
        var top: UInt64
        var expected: StateChange.Kind?
    }

    /// The quorum is the one of 12 blocks below the top. At 820 the node has saved 84 blocks of credit.
    @Test(
        "What a validator votes for",
        arguments: [
            Case(activity: active, top: 900, expected: nil),
            Case(activity: active, hasMoved: true, top: 900, expected: .ipChangePenalty),
            Case(activity: active, failures: .uptime, hasMoved: true, top: 900, expected: .decommission),
            Case(activity: active, failures: .storage, top: 900, expected: .decommission),
            Case(activity: decommissioned, top: 900, expected: .recommission),
            Case(activity: decommissioned, hasMoved: true, top: 900, expected: .recommission),
            Case(activity: decommissioned, failures: .storage, top: 904, expected: nil),
            Case(activity: decommissioned, failures: .storage, top: 905, expected: .deregister),
            Case(activity: decommissioned, top: 905, expected: .recommission),
            Case(activity: .unfunded, failures: .uptime, top: 900, expected: nil),
        ])
    func table(of row: Case) {
        let judgement = Self.judge(
            Self.entry(row.activity), failures: row.failures, hasMoved: row.hasMoved, quorum: row.top - 12,
            top: row.top)
        #expect(judgement?.change == row.expected)
        #expect(judgement.map { $0.reasons == row.failures } ?? true)
    }

    @Test(
        "A failing node with less than 60 blocks of credit is not set aside but thrown out",
        arguments: [(base: 60, expected: .decommission), (59, .deregister), (0, .deregister)]
            as [(base: UInt64, expected: StateChange.Kind)])
    func littleCredit(base: UInt64, expected: StateChange.Kind) {
        var entry = Self.entry(Self.active)
        entry.creditBase = base
        #expect(Self.judge(entry, failures: .uptime, quorum: 101, top: 113)?.change == expected)
    }

    @Test(
        "A quorum has no say about a node that registered, came up or was set aside in its block or later",
        arguments: [
            (activity: active, quorum: 100, isVotable: false), (active, 101, true), (active, 99, false),
            (decommissioned, 820, false), (decommissioned, 821, true), (decommissioned, 500, false),
            (.active(since: 10), 49, false), (.active(since: 10), 50, false), (.active(since: 10), 51, true),
        ] as [(activity: ServiceNodeEntry.Activity, quorum: UInt64, isVotable: Bool)])
    func votable(activity: ServiceNodeEntry.Activity, quorum: UInt64, isVotable: Bool) {
        let entry = Self.entry(activity)
        #expect(entry.isVotable(by: quorum) == isVotable)
        #expect((Self.judge(entry, failures: .uptime, quorum: quorum, top: 905) != nil) == isVotable)
    }

    @Test("A node is penalised once for one move: quorums up to the last penalty have no say")
    func onePenalty() {
        let entry = Self.entry(Self.active, lastIPChange: 888)
        #expect(Self.judge(entry, hasMoved: true, quorum: 888, top: 900) == nil)
        #expect(Self.judge(entry, hasMoved: true, quorum: 889, top: 901)?.change == .ipChangePenalty)
    }
}

extension ServiceNodeEntry {
    /// A node registered at height 50 with one contributor.
    static func example(node: LegacyPublicKey, activity: Activity) -> ServiceNodeEntry {
        var entry = ServiceNodeEntry(
            node: node, registrationHeight: 50, registrationHardfork: 14, stakingRequirement: .coins(18_550),
            feePortions: 0,
            contributors: [
                Contributor(address: TestNetwork.wallet.address, reserved: .coins(18_550), amount: .coins(18_550))
            ],
            creditBase: 60, lastReward: QueuePosition(height: 50, index: 0), lastIPChangeHeight: 50)
        entry.activity = activity
        return entry
    }
}
