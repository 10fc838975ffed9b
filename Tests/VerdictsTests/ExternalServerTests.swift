import SessionProtocol
import Testing
import Verdicts

/// Somebody else's program among the nodes: n3 of the written log.
struct ExternalServerTests {
    private typealias Log = WrittenLog

    private static let network = [
        Log.run(nodes: 3), Log.started(1), Log.started(2),
        Log.started(3).replacing(#""pid":3"#, with: #""pid":3,"external":true"#),
        Log.assigned([(Log.near, [1, 2]), (Log.far, [3])]),
    ]

    private func findings(_ lines: [String]) -> [String: Finding] {
        let checks: [any Check] = [EveryMemberHoldsEveryMessage(), NoForeignCopies(), EveryNodeWasAsked()]
        let judgement = Judgement(of: History(lines), by: checks)
        return Dictionary(uniqueKeysWithValues: judgement.findings.map { ($0.check, $0.finding) })
    }

    @Test("What an external server cannot be asked is noted, and what it was asked is judged as of any node")
    func noted() throws {
        let good = findings(Self.network + Log.mail + Log.inventories)
        #expect(good.values.allSatisfy { $0.verdict == .holds })
        #expect(
            good["everyNodeWasAsked"]?.notes
                == ["n3 is an external server: only inboxes of scripted clients were read there"])
        #expect(good["noForeignCopies"]?.notes == ["n3 is an external server: nobody can ask what else it holds"])
        #expect(
            good["everyNodeWasAsked"]?.json["notAsked"]?.asArray?.count == 1
                && good["everyMemberHoldsEveryMessage"]?.json["notAsked"] == nil)
        let report = VerificationReport(of: History(Self.network + Log.mail + Log.inventories)).text
        #expect(report.contains("\n    - n3 is an external server: nobody can ask what else it holds\n"))

        let lacking = findings(Self.network + Log.mail + Log.inventories.dropLast() + [Log.inventory(3, [])])
        #expect(lacking["everyMemberHoldsEveryMessage"]?.verdict == .violated)
    }

    @Test("An external server that gave no inboxes leaves a doubt, as every silent node does")
    func silent() {
        let silent = findings(Self.network + Log.mail + Log.inventories.dropLast() + [Log.noInventory(3, "503")])
        #expect(silent.values.allSatisfy { $0.verdict == .inconclusive })
        #expect(silent["everyNodeWasAsked"]?.doubts == ["n3 gave no inventory: 503"])
        #expect(silent["everyNodeWasAsked"]?.notes == [])
    }

    @Test("What an external server could not be handed is counted, and is no violation where it is lacking")
    func withheld() {
        let event =
            #"{"time":5,"source":"n1","event":"recordsWithheld","peer":"\#(Log.legacy(3))","reason":"it reads none","#
            + #""messages":\#(Log.quoted([Log.hash(2), Log.hash(7)]))}"#
        // Each of its peers may try.
        let lines = Self.network + Log.mail + [event, event] + Log.inventories.dropLast() + [Log.inventory(3, [])]
        let found = findings(lines)["everyMemberHoldsEveryMessage"]
        #expect(found?.verdict == .holds)
        #expect(found?.notes.count == 1 && found?.notes.first?.hasPrefix("n3 could not be handed 2 records") == true)
        let report = VerificationReport(of: History(lines))
        #expect(report.json["messages"] == ["sent": 2, "delivered": 2, "fullyReplicated": 1, "withheld": 2])
        #expect(report.text.contains(" · 2 copies withheld from older servers\n"))

        let malformed = event.replacing(Log.hash(7), with: "x")
        #expect(History(Self.network + [malformed]).unreadable.malformed.count == 1)
    }
}
