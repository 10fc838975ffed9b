import Testing
import Verdicts

/// Records are compared whole with what was acknowledged, both ways.
struct WholeRecordTests {
    private typealias Log = WrittenLog

    private static let checks: [any Check] = [
        EveryMessageWasAcknowledged(), RecipientsGotTheirMessages(), EveryMemberHoldsEveryMessage(), EveryCopyWasSent(),
        NoForeignCopies(), EveryStoreIsSound(), EveryNodeWasAsked(),
    ]

    private func judge(_ lines: [String]) -> Judgement { Judgement(of: History(lines), by: Self.checks) }

    /// Alice's message was tried at 10 and at 20, to live for 1,000.
    private static let mail = [
        Log.sent(1, to: Log.alice, acknowledged: [1, 2], expires: 1_020, timestamps: [10, 20], timeToLive: 1_000),
        Log.received(1, by: Log.alice),
    ]

    private static func copy(timestamp: Int? = 20, expiry: Int? = 1_020, namespace: Int = 0) -> String {
        Log.copy(1, of: Log.alice, namespace: namespace, timestamp: timestamp, expiry: expiry)
    }

    private static let end = "message 1 (\(Log.hash(1))) to 0500…01, which it had acknowledged"

    /// What n2 holds, and what must be said of it.
    static let records: [(held: [String], texts: [String])] = [
        ([copy()], []),
        ([copy(timestamp: 10, expiry: 1_010)], []),
        ([copy(timestamp: 10, expiry: 1_020)], []),
        ([copy(timestamp: nil, expiry: nil)], []),
        ([copy(expiry: 1)], ["n2 holds with expiry 1, and not 1010 or 1020, \(end)"]),
        ([copy(expiry: 1_021)], ["n2 holds with expiry 1021, and not 1010 or 1020, \(end)"]),
        ([copy(timestamp: 11)], ["n2 holds with timestamp 11, and not 10 or 20, \(end)"]),
        (
            [copy(namespace: 1)],
            ["n2 does not hold \(end)", "n2 holds message \(Log.hash(1)) of 0500…01, which nobody sent"]
        ),
        ([copy(), Log.copy(5, of: Log.alice)], ["n2 holds message \(Log.hash(5)) of 0500…01, which nobody sent"]),
        ([copy(), copy(expiry: 1)], ["n2 holds with expiry 1, and not 1010 or 1020, \(end)"]),
    ]

    @Test("A record must be one that somebody sent, with the times it was sent with", arguments: records)
    func record(_ row: (held: [String], texts: [String])) {
        let judgement = judge(
            Log.network + Self.mail
                + [Log.inventory(1, [Self.copy()]), Log.inventory(2, row.held), Log.inventory(3, [])])
        #expect(judgement.violations.map(\.text) == row.texts)
        #expect(judgement.verdict == (row.texts.isEmpty ? .holds : .violated))
    }

    @Test("Without the tries, the expiry that was acknowledged counts")
    func acknowledgedExpiry() {
        func verdict(_ expiry: Int) -> Verdict {
            judge(
                Log.network + [
                    Log.sent(1, to: Log.alice, acknowledged: [1, 2], expires: 900), Log.received(1, by: Log.alice),
                    Log.inventory(1, [Log.copy(1, of: Log.alice, expiry: expiry)]),
                    Log.inventory(2, [Log.copy(1, of: Log.alice, expiry: 900)]), Log.inventory(3, []),
                ]
            ).verdict
        }
        #expect(verdict(900) == .holds && verdict(901) == .violated)
    }

    @Test("A message that was sent and not acknowledged may be held or not", arguments: [true, false])
    func refused(isNamed: Bool) {
        let lines =
            Log.network + Log.mail + [Log.refused(3, to: Log.alice, "no answer", isNamed: isNamed)]
            + Log.inventories.dropFirst()
            + [Log.inventory(1, [Log.copy(1, of: Log.alice), Log.copy(3, of: Log.alice)])]
        #expect(judge(lines).violations.map(\.check) == ["everyMessageWasAcknowledged"])
    }

    @Test("A store that is not what its node wrote is a violation, one that only cannot be read a doubt")
    func damage() {
        func judged(_ damaged: Bool?) -> Judgement {
            judge(
                Log.network + Log.mail + [Log.inventories[0], Log.noInventory(2, "gone", damaged: damaged)]
                    + [Log.inventories[2]])
        }
        #expect(judged(true).violations.map(\.text) == ["n2's store is not what it wrote: gone"])
        #expect(judged(false).verdict == .inconclusive && judged(nil).verdict == .inconclusive)
    }

    /// What happens around a message that is refused, or not held, and the verdict on it.
    static let troubles: [(lines: [String], refused: Verdict, missing: Verdict)] = [
        ([], .violated, .violated),
        ([Log.writingFailed("n2", "no space")], .inconclusive, .inconclusive),
        ([Log.writingFailed("ledger", "no space")], .inconclusive, .violated),
        ([Log.writingFailed("n2", "its own limit", disk: false)], .violated, .violated),
        ([Log.writingFailed("n2", "no space"), Log.writingResumed("n2")], .violated, .violated),
        ([Log.writingFailed("n2", "no space"), Log.started(2)], .violated, .violated),
        ([Log.writingFailed("n2", "no space"), Log.writingResumed("n1")], .inconclusive, .inconclusive),
    ]

    @Test("What fails while a disk cannot be written proves nothing against the network", arguments: troubles)
    func fullDisk(_ row: (lines: [String], refused: Verdict, missing: Verdict)) {
        let refused = Log.network + row.lines + Log.mail + [Log.refused(3, to: Log.bob, "full")] + Log.inventories
        #expect(judge(refused).verdict == row.refused)
        let missing =
            Log.network + row.lines + Log.mail + [Log.inventories[0], Log.inventory(2, []), Log.inventories[2]]
        #expect(judge(missing).verdict == row.missing)
    }

    @Test("A message that was not read while a disk could not be written leaves a doubt; other bytes are a violation")
    func unread() {
        let trouble = [Log.writingFailed("n2", "no space")]
        let unread = Log.network + trouble + Log.mail.dropLast() + Log.inventories
        #expect(judge(unread).verdict == .inconclusive)
        #expect(judge(unread + [Log.received(2, by: Log.bob, data: 7)]).verdict == .violated)
    }
}
