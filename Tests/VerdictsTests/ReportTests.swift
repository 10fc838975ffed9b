import NodeRuntime
import SessionProtocol
import Testing
import Verdicts

struct ReportTests {
    private typealias Log = WrittenLog

    private let good = VerificationReport(
        of: History(Log.lone + Log.loneInventories), readyMilliseconds: 812, firstMessageMilliseconds: 934,
        downMilliseconds: 120)
    private let bad = VerificationReport(
        of: History(Log.lone + [Log.loneInventories[0], Log.inventory(2, [Log.copy(2, of: Log.bob)])]),
        readyMilliseconds: 812)

    @Test("the JSON of a good run is exactly this")
    func goodJSON() {
        let ok = #"{"inconclusive":[],"verdict":"holds","violations":0}"#
        #expect(
            good.json.text
                == #"{"checks":{"coinsAreConserved":\#(ok),"everyCopyWasSent":\#(ok),"everyMemberHoldsEveryMessage":\#(ok),"everyMessageWasAcknowledged":\#(ok),"#
                + #""everyNodeWasAsked":\#(ok),"everyStoreIsSound":\#(ok),"logIsReadable":\#(ok),"noForeignCopies":\#(ok),"#
                + #""recipientsGotTheirMessages":\#(ok),"rewardsFollowTheQueue":\#(ok),"#
                + #""swarmsStayWithinBounds":\#(ok)},"crypto":"real","downMilliseconds":120,"#
                + #""firstMessageMilliseconds":934,"historyHash":"\#(good.historyHash)","#
                + #""inconclusive":[],"log":{"endsMidLine":false,"malformedLines":0,"unknownEvents":{}},"#
                + #""messages":{"delivered":2,"fullyReplicated":2,"sent":2},"mode":"in-process","nodes":3,"#
                + #""readyMilliseconds":812,"seed":42,"swarms":1,"verdict":"holds","violations":[]}"#)
    }

    @Test(
        "the JSON of a bad run carries each violation with what names it, each doubt once, and null for unknown times")
    func badJSON() {
        let text = "n2 does not hold message 1 (\(Log.hash(1))) to 0500…01, which it had acknowledged"
        #expect(
            bad.json["violations"] == [
                [
                    "check": "everyMemberHoldsEveryMessage", "message": 1, "account": .string(Log.alice), "node": "n2",
                    "text": .string(text),
                ]
            ])
        #expect(bad.json["inconclusive"] == ["n3 gave no inventory: it was not asked"])
        #expect(bad.json["verdict"] == "violated")
        #expect(bad.json["downMilliseconds"] == .null)
        #expect(bad.json["messages"] == ["sent": 2, "delivered": 2, "fullyReplicated": 0])
    }

    @Test("refused messages count as sent, never as delivered")
    func counts() {
        let report = VerificationReport(
            of: History(Log.lone + [Log.refused(3, to: Log.bob, "no answer")] + Log.loneInventories))
        #expect(report.json["messages"] == ["sent": 3, "delivered": 2, "fullyReplicated": 2])
    }

    @Test("the text of a bad run is exactly this")
    func badText() {
        #expect(
            bad.text == """
                verdict: violated
                seed 42 · in-process · 3 nodes · 1 swarms
                crypto real · history \(bad.historyHash)
                ready 812 ms
                messages: 2 sent · 2 delivered · 0 fully replicated
                  holds        every message was acknowledged
                  holds        recipients got their messages
                  violated     every member holds every message
                    - n2 does not hold message 1 (\(Log.hash(1))) to 0500…01, which it had acknowledged
                    - n3 gave no inventory: it was not asked
                  inconclusive every copy was sent
                    - n3 gave no inventory: it was not asked
                  inconclusive no foreign copies
                    - n3 gave no inventory: it was not asked
                  holds        every store is sound
                  holds        swarms stay within bounds
                  holds        coins are conserved
                  holds        rewards follow the queue
                  inconclusive every node was asked
                    - n3 gave no inventory: it was not asked
                  holds        log is readable
                """)
    }

    @Test("a long list is cut in the text and whole in the JSON")
    func longList() {
        let refusals = (1...9).flatMap { number in
            [Log.refused(number, to: Log.bob, "first"), Log.refused(number, to: Log.bob, "second")]
        }
        let report = VerificationReport(of: History(Log.lone + refusals + Log.loneInventories))
        #expect(report.text.contains("    - and 8 more\n"))
        #expect(report.json["violations"]?.asArray?.count == 18)
    }

    @Test("the text says what of the log could not be read")
    func unreadableLog() {
        let history = History(lines: #"{"time":1,"source":"n1","event":"moonRose"}"# + "\n{")
        let text = VerificationReport(of: history).text
        #expect(text.hasSuffix("the log ends in half a line\nthe log has 1 events of the unknown kind moonRose"))
    }
}
