import SessionProtocol
import Testing
import Verdicts

struct JudgementTests {
    /// By all checks but the ledger's: these logs are too small for two real swarms.
    private func judge(_ lines: [String]) -> Judgement {
        let ofLedger = Set(Judgement.ledgerChecks.map(\.name))
        return Judgement(of: History(lines), by: Judgement.everyCheck.filter { !ofLedger.contains($0.name) })
    }

    private func finding(_ name: String, in judgement: Judgement) throws -> Finding {
        try #require(judgement.findings.first { $0.check == name }).finding
    }

    /// Each log differs from a good one in one point; exactly the checks named here must not hold.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var lines: [String]
        var failing: [String: Verdict]
        var texts: [String]
        var testDescription: String { name }
    }

    private typealias Log = WrittenLog

    static let cases: [Case] = [
        Case(
            name: "everything in place", lines: Log.network + Log.mail + Log.inventories, failing: [:], texts: []),
        Case(
            name: "a swarm of one",
            lines: [
                Log.run(nodes: 1), Log.started(1), Log.assigned([("0", [1])]),
                Log.sent(1, to: Log.alice, acknowledged: [1]), Log.received(1, by: Log.alice),
                Log.inventory(1, [Log.copy(1, of: Log.alice)]),
            ], failing: [:], texts: []),
        Case(
            name: "a foreign copy",
            lines: Log.network + Log.mail + Log.inventories.dropLast()
                + [Log.inventory(3, [Log.copy(2, of: Log.bob), Log.copy(1, of: Log.alice)])],
            failing: ["noForeignCopies": .violated],
            texts: ["n3, in swarm 7fffffffffffffff, holds message 1 of 0500…01, whose swarm is 0"]),
        Case(
            name: "a copy of nobody's message in a foreign place",
            lines: Log.network + Log.mail + Log.inventories.dropLast()
                + [Log.inventory(3, [Log.copy(2, of: Log.bob), Log.copy(8, of: Log.alice)])],
            failing: ["noForeignCopies": .violated],
            texts: [
                "n3, in swarm 7fffffffffffffff, holds message \(Log.hash(8)) of 0500…01, whose swarm is 0"
            ]),
        Case(
            name: "a copy on a node in no swarm",
            lines: Log.network + [Log.started(4)] + Log.mail + Log.inventories
                + [Log.inventory(4, [Log.copy(1, of: Log.alice)])],
            failing: ["noForeignCopies": .violated],
            texts: ["n4, in no swarm, holds message 1 of 0500…01, whose swarm is 0"]),
        Case(
            name: "a missing copy",
            lines: Log.network + Log.mail + [Log.inventories[0], Log.inventory(2, []), Log.inventories[2]],
            failing: ["everyMemberHoldsEveryMessage": .violated],
            texts: ["n2 does not hold message 1 (\(Log.hash(1))) to 0500…01, which it had acknowledged"]),
        Case(
            name: "a corrupted copy",
            lines: Log.network + Log.mail
                + [Log.inventories[0], Log.inventory(2, [Log.copy(1, of: Log.alice, data: 7)]), Log.inventories[2]],
            failing: ["everyMemberHoldsEveryMessage": .violated],
            texts: ["n2 holds other bytes for message 1 (\(Log.hash(1))) to 0500…01, which it had acknowledged"]),
        Case(
            name: "a good and a corrupted copy in one store",
            lines: Log.network + Log.mail + Log.inventories.dropFirst()
                + [Log.inventory(1, [Log.copy(1, of: Log.alice), Log.copy(1, of: Log.alice, data: 7)])],
            failing: ["everyMemberHoldsEveryMessage": .violated],
            texts: ["n1 holds other bytes for message 1 (\(Log.hash(1))) to 0500…01, which it had acknowledged"]),
        Case(
            name: "a copy under another hash",
            lines: Log.network + Log.mail + Log.inventories.dropLast()
                + [Log.inventory(3, [Log.copy(9, of: Log.bob, data: 2)])],
            failing: ["everyMemberHoldsEveryMessage": .violated, "everyCopyWasSent": .violated],
            texts: [
                "n3 does not hold message 2 (\(Log.hash(2))) to 0500…00, which it had acknowledged",
                "n3 holds message \(Log.hash(9)) of 0500…00, which nobody sent",
            ]),
        Case(
            name: "a member that failed at the store and never caught up",
            lines: Log.network + [
                Log.sent(1, to: Log.alice, acknowledged: [1], failed: [2]), Log.received(1, by: Log.alice),
                Log.inventories[0], Log.inventory(2, []), Log.inventory(3, []),
            ], failing: ["everyMemberHoldsEveryMessage": .violated],
            texts: ["n2 does not hold message 1 (\(Log.hash(1))) to 0500…01, which it had failed to store"]),
        Case(
            name: "a recipient that got nothing",
            lines: Log.network + Log.mail.dropLast() + Log.inventories,
            failing: ["recipientsGotTheirMessages": .violated],
            texts: ["0500…00 never received message 2 (\(Log.hash(2)))"]),
        Case(
            name: "a recipient that got another hash",
            lines: Log.network + Log.mail.dropLast() + [Log.received(9, by: Log.bob, data: 2)] + Log.inventories,
            failing: ["recipientsGotTheirMessages": .violated],
            texts: ["0500…00 received under another hash message 2 (\(Log.hash(2)))"]),
        Case(
            name: "a recipient that got other bytes",
            lines: Log.network + Log.mail.dropLast() + [Log.received(2, by: Log.bob, data: 7)] + Log.inventories,
            failing: ["recipientsGotTheirMessages": .violated],
            texts: ["0500…00 received other bytes for message 2 (\(Log.hash(2)))"]),
        Case(
            name: "a message that went to another mailbox",
            lines: Log.network + Log.mail.dropLast() + [Log.received(2, by: Log.alice)] + Log.inventories,
            failing: ["recipientsGotTheirMessages": .violated],
            texts: ["0500…00 never received message 2 (\(Log.hash(2)))"]),
        Case(
            name: "a store that was refused",
            lines: Log.network + Log.mail + [Log.refused(3, to: Log.bob, "time-out")] + Log.inventories,
            failing: ["everyMessageWasAcknowledged": .violated],
            texts: ["message 3 to 0500…00 was not acknowledged: time-out"]),
        Case(
            name: "a swarm without members",
            lines: Log.network.dropLast() + [Log.assigned([(Log.near, [1, 2]), (Log.far, [])])] + Log.mail
                + Log.inventories.dropLast() + [Log.inventory(3, [])],
            failing: ["everyMemberHoldsEveryMessage": .violated],
            texts: ["no node is in the swarm that must hold message 2"]),
    ]

    @Test("one flaw in a log is found by the check it concerns, and by no other", arguments: cases)
    func oneFlaw(_ sample: Case) {
        let judgement = judge(sample.lines)
        var failing: [String: Verdict] = [:]
        for (check, finding) in judgement.findings where finding.verdict != .holds { failing[check] = finding.verdict }
        #expect(failing == sample.failing)
        #expect(judgement.violations.map(\.text) == sample.texts)
        #expect(judgement.verdict == (sample.failing.isEmpty ? .holds : .violated))
    }

    @Test("a violation names its check, message, account and node")
    func violationNames() throws {
        let judgement = judge(
            Log.network + Log.mail + [Log.inventories[0], Log.inventory(2, []), Log.inventories[2]])
        let violation = try #require(judgement.violations.first)
        #expect(violation.check == "everyMemberHoldsEveryMessage")
        #expect(violation.message == 1)
        #expect(violation.account?.hex == Log.alice)
        #expect(violation.node == "n2")
    }

    /// What was not seen, and the reason that must be given.
    static let gaps: [(lines: [String], reason: String)] = [
        ([], "n2 gave no inventory: it was not asked"),
        ([Log.noInventory(2, "control socket closed")], "n2 gave no inventory: control socket closed"),
        ([Log.stopped(2, "killed")], "n2 gave no inventory: it stopped (killed)"),
        ([Log.inventories[1], Log.noInventory(2, "busy")], "n2 gave no inventory: busy"),
    ]

    @Test("a member without an inventory makes the verdict inconclusive, with the reason", arguments: gaps)
    func silentMember(_ gap: (lines: [String], reason: String)) throws {
        let judgement = judge(Log.network + Log.mail + [Log.inventories[0], Log.inventories[2]] + gap.lines)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.doubts == [gap.reason])
        for check in ["everyMemberHoldsEveryMessage", "noForeignCopies", "everyNodeWasAsked"] {
            #expect(try finding(check, in: judgement).doubts == [gap.reason])
        }
    }

    @Test("a member of a swarm that never started is missed by every check that looks into stores")
    func unknownMember() throws {
        let network = Log.network.dropLast() + [Log.assigned([(Log.near, [1, 2, 5]), (Log.far, [3])])]
        let judgement = judge(network + Log.mail + Log.inventories)
        #expect(judgement.verdict == .inconclusive)
        let doubts = ["node a5a5a5a5 gave no inventory: it was not asked"]
        for check in ["everyMemberHoldsEveryMessage", "noForeignCopies", "everyNodeWasAsked"] {
            #expect(try finding(check, in: judgement).doubts == doubts)
        }
    }

    @Test("a planned node that never started is missed")
    func missingNode() {
        let judgement = judge([Log.run(nodes: 4)] + Log.network.dropFirst() + Log.mail + Log.inventories)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.doubts == ["3 of 4 nodes started"])
    }

    @Test("an inventory older than a message cannot show that the message is missing")
    func earlyInventory() {
        let judgement = judge(Log.network + [Log.inventory(1, [])] + Log.mail + Log.inventories.dropFirst())
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.doubts == ["n1 gave its inventory before message 1 was acknowledged"])
    }

    @Test(
        "a member may forget a message whose time was over when it was asked, and not a moment before",
        arguments: [(expires: 6, .holds), (expires: 7, Verdict.violated)])
    func expired(expires: Int, verdict: Verdict) {
        // Inventories are taken at 6.
        let sent = Log.sent(1, to: Log.alice, acknowledged: [1, 2], expires: expires)
        let judgement = judge(
            Log.network + [sent, Log.received(1, by: Log.alice), Log.inventory(1, []), Log.inventory(2, [])]
                + [Log.inventory(3, [])])
        #expect(judgement.verdict == verdict)
        let copies = [Log.copy(1, of: Log.alice)]
        let late =
            Log.network + [sent, Log.received(1, by: Log.alice), Log.inventory(1, copies), Log.inventory(2, copies)]
            + [Log.inventory(3, [])]
        #expect(judge(late).verdict == .holds, "a member may also be slow to forget")
        #expect(VerificationReport(of: History(late)).messages.fullyReplicated == (expires > 6 ? 1 : 0))
    }

    @Test("an inventory older than a change of swarms proves nothing, one older than a repeated assignment does")
    func staleInventory() {
        let repeated = Log.assigned([(Log.near, [2, 1]), (Log.far, [3])])
        #expect(judge(Log.network + Log.mail + Log.inventories + [repeated]).verdict == .holds)
        let changed = Log.assigned([(Log.near, [1, 3]), (Log.far, [2])])
        let judgement = judge(Log.network + Log.mail + Log.inventories + [changed])
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.doubts.contains("n2 gave its inventory before swarms last changed"))
    }

    @Test("ownership follows the last assignment, not the first")
    func lastAssignment() {
        let changed = Log.assigned([(Log.near, [3]), (Log.far, [1, 2])])
        let judgement = judge(Log.network + Log.mail + [changed] + Log.inventories)
        #expect(judgement.verdict == .violated)
        #expect(judgement.violations.count { $0.check == "noForeignCopies" } == 3)
        #expect(judgement.violations.count { $0.check == "everyMemberHoldsEveryMessage" } == 3)
    }

    /// n4 was in the first swarm and is in none now; the rest have the second messages' stores in order.
    private static let departure =
        Log.network.dropLast() + [Log.started(4), Log.assigned([(Log.near, [1, 2, 4]), (Log.far, [3])])] + Log.mail
        + [Log.assigned([(Log.near, [1, 2]), (Log.far, [3])])]

    /// What became of n4, and the doubt or violation that follows.
    static let departed: [(lines: [String], verdict: Verdict, texts: [String])] = [
        ([Log.stopped(4, "removed")] + Log.inventories, .holds, []),
        ([Log.stopped(4, "removed")] + Log.inventories + [Log.noInventory(4, "it does not run")], .holds, []),
        (Log.inventories + [Log.stopped(4, "removed"), Log.noInventory(4, "it does not run")], .holds, []),
        (
            [Log.inventory(4, [Log.copy(1, of: Log.alice)]), Log.stopped(4, "removed")] + Log.inventories,
            .violated, ["n4, in no swarm, holds message 1 of 0500…01, whose swarm is 0"]
        ),
        ([Log.inventory(4, []), Log.stopped(4, "removed")] + Log.inventories, .holds, []),
        (Log.inventories, .inconclusive, ["n4 gave no inventory: it was not asked"]),
        (Log.inventories + [Log.noInventory(4, "busy")], .inconclusive, ["n4 gave no inventory: busy"]),
        (
            Log.inventories + [Log.noInventory(4, "busy")] + (1...4).map { Log.stopped($0, "the end") },
            .inconclusive, ["n4 gave no inventory: busy"]
        ),
        (
            Log.inventories + [Log.stopped(4, "removed"), Log.started(4)], .inconclusive,
            ["n4 gave no inventory: it was not asked"]
        ),
        (
            Log.inventories + [Log.inventory(4, []), Log.stopped(2, "the end"), Log.stopped(4, "the end")], .holds, []
        ),
    ]

    @Test("a node that left its swarm and stopped need not be asked; one that ran must be", arguments: departed)
    func departure(_ row: (lines: [String], verdict: Verdict, texts: [String])) {
        let judgement = judge(Self.departure + row.lines)
        #expect(judgement.verdict == row.verdict)
        #expect(judgement.violations.map(\.text) + judgement.doubts == row.texts)
    }

    @Test("an inventory from before a node left its swarm is not held against it once it is gone")
    func formerMember() {
        let early = [Log.inventory(4, [Log.copy(1, of: Log.alice)])]
        let lines = Self.departure.dropLast() + early + [Self.departure[Self.departure.count - 1]]
        #expect(judge(lines + [Log.stopped(4, "removed")] + Log.inventories).verdict == .holds)
        #expect(
            judge(lines + Log.inventories).doubts == ["n4 gave its inventory before swarms last changed"])
    }

    @Test("a node that joined a swarm must hold what the swarm held before it came")
    func newcomer() {
        let joined =
            Log.network + Log.mail + [Log.started(4), Log.assigned([(Log.near, [1, 2, 4]), (Log.far, [3])])]
            + Log.inventories
        #expect(judge(joined + [Log.inventory(4, [Log.copy(1, of: Log.alice)])]).verdict == .holds)
        #expect(
            judge(joined + [Log.inventory(4, [])]).violations.map(\.text)
                == ["n4 does not hold message 1 (\(Log.hash(1))) to 0500…01"])
    }

    @Test("an empty log is inconclusive in every check that needs something to see")
    func emptyLog() throws {
        let judgement = Judgement(of: History([]))
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.findings.filter { $0.finding.verdict == .holds }.map(\.check) == ["logIsReadable"])
    }

    @Test("a run that sent nothing is inconclusive even when every store is in order")
    func nothingSent() {
        let judgement = judge(Log.network + [Log.inventory(1, []), Log.inventory(2, []), Log.inventory(3, [])])
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.doubts == ["no message was sent"])
    }

    @Test("a log without an assignment is inconclusive about every copy")
    func noAssignment() throws {
        let judgement = judge(Log.network.dropLast() + Log.mail + Log.inventories)
        #expect(judgement.verdict == .inconclusive)
        #expect(try finding("everyMemberHoldsEveryMessage", in: judgement).doubts == ["the ledger assigned no swarm"])
        #expect(try finding("noForeignCopies", in: judgement).doubts == ["the ledger assigned no swarm"])
    }

    @Test("a line that cannot be read makes a good run inconclusive")
    func brokenLine() {
        let judgement = judge(Log.network + ["{nonsense"] + Log.mail + Log.inventories)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.doubts.count == 1)
        #expect(judgement.doubts.first?.hasPrefix("line 6 of the log cannot be read: JSON: ") == true)
    }

    @Test("a violation outweighs a doubt")
    func precedenceInOneLog() {
        let judgement = judge(Log.network + Log.mail + [Log.inventories[0], Log.inventory(2, [])])
        #expect(judgement.verdict == .violated)
        #expect(!judgement.doubts.isEmpty)
    }

    @Test(
        "verdicts combine to the gravest, and none at all is a doubt",
        arguments: [
            ([], .inconclusive), ([.holds], .holds), ([.holds, .holds], .holds),
            ([.holds, .inconclusive], .inconclusive),
            ([.inconclusive, .violated, .holds], .violated), ([.violated], .violated),
        ] as [([Verdict], Verdict)])
    func combining(_ verdicts: [Verdict], _ expected: Verdict) { #expect(Verdict.combining(verdicts) == expected) }

    @Test("only a verdict that holds exits with 0")
    func exitCodes() { #expect(Verdict.allCases.map(\.exitCode) == [0, 1, 2]) }
}
