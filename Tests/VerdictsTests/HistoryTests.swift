import Foundation
import NodeRuntime
import SessionProtocol
import Testing
import Verdicts

struct HistoryTests {
    private typealias Log = WrittenLog

    @Test("a log tells who ran, who started, what was sent and what stores held")
    func wholeLog() throws {
        let rung = #"{"time":4,"source":"testnet","event":"rungReached","rung":"ready","text":"x","milliseconds":812}"#
        let path =
            #"{"time":4,"source":"client:c1","event":"pathBuilt","client":"c1","hops":["\#(Log.ed25519(1))"],"#
            + #""proof":"path_build","milliseconds":7}"#
        let history = History(Log.network + [rung, path] + Log.mail + Log.inventories)
        #expect(history.run?.seed == 42)
        #expect(history.run?.mode == "in-process")
        #expect(history.rungs.map(\.milliseconds) == [812])
        #expect(history.nodes.map(\.name) == ["n1", "n2", "n3"])
        #expect(history.nodes.map(\.legacy.hex) == [Log.legacy(1), Log.legacy(2), Log.legacy(3)])
        #expect(history.nodes.map(\.ed25519.hex) == [Log.ed25519(1), Log.ed25519(2), Log.ed25519(3)])
        #expect(history.swarms?.mapValues(\.count) == [SwarmID(0): 2, SwarmID(0x7fff_ffff_ffff_ffff): 1])
        #expect(history.paths.map(\.client) == ["c1"])
        #expect(history.sent.map(\.number) == [1, 2])
        #expect(history.sent.map(\.acknowledged.count) == [2, 1])
        #expect(history.received == history.sent.map(\.copy))
        #expect(history.inventories.count == 3)
        #expect(history.unreadable.malformed.isEmpty && history.unreadable.unknownKinds.isEmpty)
        #expect(history.length == 14)
    }

    @Test("events in memory give the same history as their lines")
    func memoryAndText() throws {
        let lines = Log.network + Log.mail + Log.inventories
        let events = try lines.map { try #require(RecordedEvent(json: JSON(parsing: $0))) }
        let history = History(events)
        let read = History(lines)
        #expect(history.sent == read.sent)
        #expect(history.nodes == read.nodes)
        #expect(history.inventories == read.inventories)
        #expect(history.length == read.length)
    }

    @Test("clients tell whose mailbox is whose, and reports name them; of strangers they show little")
    func clientNames() throws {
        let path =
            #"{"time":4,"source":"client:alice","event":"pathBuilt","client":"alice","account":"\#(Log.alice)","#
            + #""hops":[],"proof":"path_build","milliseconds":7}"#
        let lost = Log.network + [path, Log.sent(1, to: Log.alice), Log.refused(2, to: Log.bob, "no answer")]
        let texts = VerificationReport(of: History(lost)).judgement.violations.map(\.text)
        #expect(texts.contains("alice never received message 1 (\(Log.hash(1)))"), "\(texts)")
        #expect(texts.contains("message 2 to 0500…00 was not acknowledged: no answer"), "\(texts)")
        #expect(History(lost).unreadable.malformed.isEmpty)
    }

    @Test("half a last line is noted and is no malformed line; a whole one without newline is read")
    func lastLine() {
        let text = Log.network.map { $0 + "\n" }.joined()
        let cut = History(lines: text + Log.started(4).dropLast(5))
        #expect(cut.unreadable.endsMidLine)
        #expect(cut.unreadable.malformed.isEmpty)
        #expect(cut.nodes.count == 3)
        let whole = History(lines: text + Log.started(4))
        #expect(whole.nodes.count == 4)
        #expect(!whole.unreadable.endsMidLine)
    }

    @Test("an event of a later version is counted by kind and doubts nothing")
    func unknownKind() {
        let later = #"{"time":1,"source":"n1","event":"moonRose"}"#
        let history = History([later, later])
        #expect(history.unreadable.unknownKinds == ["moonRose": 2])
        #expect(history.unreadable.malformed.isEmpty)
    }

    static let malformed: [(line: String, reason: String)] = [
        ("[]", "no event with time, source and kind"),
        (#"{"source":"n1","event":"nodeStopped","reason":"x"}"#, "no event with time, source and kind"),
        (#"{"time":1,"source":"n1","event":"nodeStopped"}"#, "nodeStopped: field reason is not text"),
        (
            #"{"time":1,"source":"n1","event":"inventoryTaken","node":"aa","records":[]}"#,
            "inventoryTaken: field node is not a key of 64 hex digits"
        ),
        (
            Log.inventory(1, [#"{"account":"05"}"#]),
            "inventoryTaken: field namespace is not an integer"
        ),
        (Log.inventory(1, ["7"]), "inventoryTaken: field records is not a list of objects"),
        (
            Log.received(1, by: "0501"), "messageReceived: field account is not an account of 66 hex digits"
        ),
        (
            Log.received(1, by: Log.alice).replacing(Log.hash(1), with: "short"),
            "messageReceived: field hash is not a message hash"
        ),
        (
            Log.received(1, by: Log.alice).replacing(#""namespace":0"#, with: #""namespace":40000"#),
            "messageReceived: field namespace is not a 16-bit integer"
        ),
        (
            Log.assigned([("zz", [1])]),
            "swarmsAssigned: field swarms is not an object of swarm ids and lists of node keys"
        ),
        (
            Log.block(1).replacing(#""staked":0,"#, with: ""), "block: field staked is not an unsigned integer"
        ),
        (Log.block(1, free: -1), "block: field free is not an unsigned integer"),
        (
            Log.paid(1, 2, [.max, .max, 2]),
            "rewardPaid: field payments is not an object of unsigned integers with a sum of 64 bits"
        ),
        (
            Log.paid(1, 2).replacing(Log.legacy(1), with: "aa"),
            "rewardPaid: field node is not a key of 64 hex digits"
        ),
        (
            Log.moved("nodeExpired", 1, 2).replacing(#","height":2"#, with: ""),
            "nodeExpired: field height is not an unsigned integer"
        ),
    ]

    @Test("a line with wrong fields is named by its number and what is wrong", arguments: malformed)
    func malformedLine(_ sample: (line: String, reason: String)) {
        let history = History([Log.started(1), "", sample.line, Log.started(2)])
        #expect(history.unreadable.malformed.map(\.line) == [3])
        #expect(history.unreadable.malformed.map(\.reason) == [sample.reason])
        #expect(history.nodes.count == 2)
    }

    @Test("a malformed inventory leaves the node's earlier one in place")
    func halfReadInventory() {
        let history = History([Log.inventories[0], Log.inventory(1, [Log.copy(1, of: Log.alice), "{}"])])
        #expect(history.inventories.values.map(\.records.count) == [1])
    }

    @Test("a node that restarts is one node, running again")
    func restart() {
        let history = History([Log.started(1), Log.stopped(1, "killed"), Log.started(1)])
        #expect(history.nodes.map(\.name) == ["n1"])
        #expect(history.nodes.map(\.stopped) == [nil])
    }

    @Test("a seed written as text keeps every digit")
    func longSeed() {
        let line = Log.run(nodes: 1).replacing(#""seed":42"#, with: #""seed":"18446744073709551615""#)
        #expect(History([line]).run?.seed == .max)
    }

    @Test("a log is read from its file, and a missing file is named")
    func file() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "verdicts-\(UUID().uuidString).jsonl")
        #expect(throws: HistoryError(path: url.path)) { _ = try History(contentsOf: url.path) }
        try Data((Log.started(1) + "\n").utf8).write(to: url)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: url) } }
        #expect(try History(contentsOf: url.path).nodes.map(\.name) == ["n1"])
    }
}
