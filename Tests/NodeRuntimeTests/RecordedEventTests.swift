import NodeRuntime
import SessionProtocol
import Testing

/// Lines of the event log, which other programs read.
struct RecordedEventTests {
    @Test("Every kind of event survives its line of the log", arguments: EventKind.allCases)
    func roundTrip(kind: EventKind) throws {
        let recorded = RecordedEvent(
            time: 1_700_000_000_123,
            event: Event(
                kind, from: "sn1",
                [
                    "height": 7, "swarm": "ffffffffffffffff", "big": .unsigned(.max), "flag": true, "none": .null,
                    "members": ["a", "b"], "nested": ["hash": "x\ny\"", "count": -1],
                ]))
        #expect(RecordedEvent(json: try JSON(parsing: recorded.json.utf8)) == recorded)
    }

    @Test("A line holds time, source and event beside the event's own fields, keys in order")
    func line() {
        let event = Event(.peerUnreachable, from: "sn1", ["peer": "ab", "reason": "no answer within 5.0 seconds"])
        #expect(
            RecordedEvent(time: 5, event: event).json.text
                == #"{"event":"peerUnreachable","peer":"ab","reason":"no answer within 5.0 seconds","#
                + #""source":"sn1","time":5}"#)
    }

    @Test("Names of kinds on disk are those of the documented events")
    func names() {
        #expect(
            EventKind.allCases.map(\.rawValue) == [
                "runStarted", "simulationEnded", "rungReached", "nodeStarted", "nodeStopped", "storeChecked",
                "storeSetAside", "writingFailed", "writingResumed", "swarmEntered",
                "peerUnreachable", "peerReturned", "peerTestFailed", "peerTestPassed", "storageTested",
                "recordsPushed", "recordsWithheld", "recordsPulled", "recordsErased", "transferFailed", "block",
                "nodeRegistered",
                "stakeContributed", "nodeActivated", "unlockRequested", "nodeExpired", "stakesReleased",
                "nodeDecommissioned", "nodeRecommissioned", "nodeDeregistered", "addressPenalised", "rewardPaid",
                "nameRegistered", "coinsTransferred", "voteCast", "chainReorganised", "ledgerAdvanced",
                "ledgerLagged", "uptimeProof", "swarmsAssigned", "pathBuilt", "messageSent", "messageNotSent",
                "messageReceived", "mailboxNotRead", "inventoryTaken", "inventoryFailed", "operatorAction",
                "verdictReached",
            ])
    }

    @Test(
        "A line that is no event of this version is told apart, not guessed at",
        arguments: [
            #"{"event":"block","source":"ledger"}"#, #"{"event":"block","time":1}"#, #"{"source":"ledger","time":1}"#,
            #"{"event":"newKind","source":"ledger","time":1}"#, #"{"event":"block","source":"ledger","time":"1"}"#,
            #"{"event":"block","source":7,"time":1}"#, #"[]"#, #"null"#,
        ])
    func notAnEvent(line: String) throws {
        #expect(RecordedEvent(json: try JSON(parsing: Bytes(line.utf8))) == nil)
    }
}
