import Foundation
import NodeRuntime
import SessionProtocol
import Testing
import TimeLimits

@testable import Orchestrator

@Suite(.workLimit(minutes: 1)) struct LogReaderTests {
    private func lines(
        _ directory: RunDirectory, _ nodes: [String] = [], last: Int = 100, containing text: String? = nil
    ) throws -> [String] {
        try LogReader(directory: directory, nodes: nodes, lines: last, containing: text).existing()
            .map { "\($0.node): \($0.text)" }
    }

    @Test("Logs are merged by time, cut to the last lines of each node that match, and strangers are named")
    func existing() async throws {
        let logs = [
            "n1": "10:00:00.000 a\n10:00:00.002 b x\n10:00:00.004 c x\n",
            "n2": "10:00:00.001 d x\n10:00:00.003 e\n", "n10": "10:00:00.002 f\n",
        ]
        try await withNodeLogs(logs) { directory throws in
            func letters(_ nodes: [String] = [], last: Int = 100, containing text: String? = nil) throws -> String {
                try LogReader(directory: directory, nodes: nodes, lines: last, containing: text).existing()
                    .map { String($0.text.dropFirst(13).prefix(1)) }.joined()
            }
            #expect(try letters() == "adbfec")
            #expect(try letters(last: 1) == "fec")
            #expect(try letters(last: 0) == "")
            #expect(try letters(["n1", "n2"], last: 1, containing: "x") == "dc")
            #expect(try letters(containing: "") == "adbfec")
            #expect(throws: NetworkError.unknownNode(name: "n3", known: ["n1", "n2", "n10"])) { try letters(["n3"]) }
        }
    }

    @Test("A run that never was has no logs to read")
    func noRun() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "none", parent: folder)
            #expect(throws: RunError.notRunning(name: "none", parent: folder)) {
                try LogReader(directory: directory, lines: 1)
            }
        }
    }

    /// What stands in two logs, and in which order it is shown. Letters stand for lines.
    struct Order: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let first: String
        let second: String
        let shown: [String]
    }

    static let orders = [
        Order(
            testDescription: "a traceback stays whole and in its order",
            first:
                "10:00:01 zeta\nTraceback (most recent call last):\n  File \"b.py\"\n  File \"a.py\"\nError: 3\n10:00:03 on\n",
            second: "10:00:00 early\n10:00:02 between\n",
            shown: [
                "n2: 10:00:00 early", "n1: 10:00:01 zeta", "n1: Traceback (most recent call last):",
                "n1:   File \"b.py\"",
                "n1:   File \"a.py\"", "n1: Error: 3", "n2: 10:00:02 between", "n1: 10:00:03 on",
            ]),
        Order(
            testDescription: "midnight comes between 23:59 and 00:00",
            first: "23:59:59.900 a\n00:00:00.100 c\n", second: "23:59:59.950 b\n00:00:00.200 d\n",
            shown: ["n1: 23:59:59.900 a", "n2: 23:59:59.950 b", "n1: 00:00:00.100 c", "n2: 00:00:00.200 d"]),
        Order(
            testDescription: "an event knows its day",
            first: "2026-12-01T00:00:00.100Z nodeStopped reason=a\n",
            second: "2026-11-30T23:59:59.900Z nodeStopped reason=b\n2026-12-03T00:00:00.000Z nodeStopped reason=c\n",
            shown: [
                "n2: 2026-11-30T23:59:59.900Z nodeStopped reason=b",
                "n1: 2026-12-01T00:00:00.100Z nodeStopped reason=a",
                "n2: 2026-12-03T00:00:00.000Z nodeStopped reason=c",
            ]),
        Order(
            testDescription: "a clock that was set back turns no file around",
            first: "10:00:05 a\n10:00:01 b\n10:00:06 c\n", second: "10:00:03 d\n",
            shown: ["n2: 10:00:03 d", "n1: 10:00:05 a", "n1: 10:00:01 b", "n1: 10:00:06 c"]),
        Order(
            testDescription: "lines end as other systems end them, too",
            first: "10:00:00 a\r\n10:00:02 c\r\n", second: "10:00:01 b\r\r\n",
            shown: ["n1: 10:00:00 a", "n2: 10:00:01 b", "n1: 10:00:02 c"]),
        Order(
            testDescription: "a half line and the event behind it are two",
            first: "dying wor2026-12-01T00:00:00.100Z nodeStopped reason=killed\n", second: "",
            shown: ["n1: dying wor", "n1: 2026-12-01T00:00:00.100Z nodeStopped reason=killed"]),
        Order(
            testDescription: "last words without an end are words", first: "10:00:00 a\nsegmentation fault", second: "",
            shown: ["n1: 10:00:00 a", "n1: segmentation fault"]),
    ]

    @Test("Lines of one log keep their order, and time decides between logs", arguments: orders)
    func order(_ order: Order) async throws {
        try await withNodeLogs(["n1": order.first, "n2": order.second]) { directory throws in
            #expect(try lines(directory) == order.shown)
        }
    }

    @Test("Bytes that are no UTF-8 hide nothing of a log, neither from its reader nor from the report of a node's end")
    func otherBytes() async throws {
        try await withNodeLogs(["n1": "first\n"]) { directory in
            try append(Bytes("bad ".utf8) + [0xff, 0xfe] + Bytes(" end\nlast".utf8), to: directory.node("n1").log)
            let shown = ["first", "bad \u{fffd}\u{fffd} end", "last"]
            #expect(try lines(directory) == shown.map { "n1: \($0)" })
            #expect(NodeLogTail.lines(of: "n1", in: directory, count: 10) == shown)
            #expect(NodeLogTail.lines(of: "n1", in: directory, count: 2) == shown.suffix(2))
            #expect(NodeLogTail.lines(of: "n2", in: directory, count: 2) == [])
        }
    }

    @Test("A few last lines cost the same whatever the log's length, also of lines that are very long")
    func boundedReading() async throws {
        let line = String(repeating: "x", count: 99)
        for count in [100, 100_000] {
            let text = (0..<count).map { _ in line + "\n" }.joined()
            try await withNodeLogs(["n1": text]) { directory in
                let file = try #require(LogFile(directory.node("n1").log))
                var end = file.size
                for _ in 0..<3 {
                    let span = try #require(file.line(before: end))
                    #expect(file.bytes(span) == Bytes(line.utf8))
                    end = span.start
                }
                #expect(file.bytesRead <= 65_536)
            }
        }
        let records = (0..<40_000).map { "{\"account\":\"05ab\",\"hash\":\"h\($0)\"}" }.joined(separator: ",")
        let inventory = "2026-12-01T00:00:00.000Z inventoryTaken node=ab records=[\(records)]"
        try await withNodeLogs(["n1": "\(inventory)\n"]) { directory in
            let entry = try #require(try LogReader(directory: directory, lines: 1).existing().first)
            #expect(entry.text.utf8.count == Int(LogReader.longest))
            #expect(entry.missing == UInt64(inventory.utf8.count) - LogReader.longest)
            #expect(entry.event?.event.fields == ["node": "ab", "records": 40_000])
            let found = try LogReader(directory: directory, lines: 1, containing: "\"h39999\"").existing()
            #expect(found == [entry])
            let whole = try LogReader(directory: directory, lines: 1, isWhole: true).existing().first
            #expect(whole?.text == inventory && whole?.event?.event.fields["records"]?.asArray?.count == 40_000)
        }
    }

    @Test("Lines are found at every length and place, however reading is cut into blocks")
    func blocks() async throws {
        for length in [0, 1, 65_533, 65_534, 65_535, 65_536, 65_537, 131_072] {
            let long = String(repeating: "y", count: length)
            try await withNodeLogs(["n1": "a\n\(long)\n\nb\n"]) { directory in
                let read = try LogReader(directory: directory, lines: 9, isWhole: true).existing().map(\.text)
                #expect(read == ["a", long, "", "b"], "\(length)")
                let search = TextSearch("y")
                let file = try #require(LogFile(directory.node("n1").log))
                #expect(file.count(of: search, in: LogFile.Span(start: 0, length: file.size)) == length)
            }
        }
    }

    @Test("Keys have their owners' names, in what nodes tell and in what programs print, and are searched for by them")
    func names() async throws {
        let (own, peer, stranger) = (
            String(repeating: "a1", count: 32), String(repeating: "b2", count: 32), String(repeating: "c3", count: 32)
        )
        let logs = [
            "n1": "2026-12-01T00:00:00.000Z nodeStarted pubkeyEd25519=x pubkeyLegacy=\(own) pubkeyX25519=y\n"
                + "2026-12-01T00:00:01.000Z swarmEntered members=[\"\(own)\",\"\(peer)\",\"\(stranger)\"] swarm=\"0\"\n"
                + "2026-12-01T00:00:02.000Z inventoryTaken node=\(own) records=[{\"hash\":\"h\"},{\"hash\":\"i\"}]\n",
            "ext": "starting\n2026-12-01T00:00:00.500Z nodeStarted pubkeyLegacy=\(peer)\ngot \(own) from \(stranger)\n",
        ]
        try await withNodeLogs(logs) { directory in
            let reader = try LogReader(directory: directory, lines: 9)
            let shown = reader.existing().map { ShownLogLine($0, names: reader.names).text }
            #expect(
                shown == [
                    "00:00:00.000 nodeStarted pubkeyEd25519=x pubkeyLegacy=n1 pubkeyX25519=y", "starting",
                    "00:00:00.500 nodeStarted pubkeyLegacy=ext", "got n1 from \(stranger)",
                    "00:00:01.000 swarmEntered members=[\"n1\",\"ext\",\"c3c3c3c3…\"] swarm=0",
                    "00:00:02.000 inventoryTaken node=n1 records=2",
                ])
            #expect(try lines(directory, containing: "\"ext\"").count == 1)
            #expect(try lines(directory, containing: "Legacy=ex").count == 1)
            #expect(try lines(directory, containing: "swarm=0").count == 1)
            #expect(try lines(directory, containing: "nothing like it") == [])
            #expect(try lines(directory, containing: "got n1") == ["ext: got \(own) from \(stranger)"])
        }
    }
}
