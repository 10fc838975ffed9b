import Foundation
import NodeRuntime
import SessionProtocol
import Sockets
import Testing

@testable import Orchestrator

@Suite(.timeLimit(.minutes(1))) struct LogTests {
    private func withLogs<Value>(
        _ logs: [String: [String]], _ body: (RunDirectory) async throws -> Value
    ) async throws -> Value {
        try await withFolder { folder in
            let directory = RunDirectory(name: "run", parent: folder)
            for (node, lines) in logs {
                try FileManager.default.createDirectory(
                    atPath: directory.node(node).path, withIntermediateDirectories: true)
                try lines.map { $0 + "\n" }.joined().write(
                    toFile: directory.node(node).log, atomically: true, encoding: .utf8)
            }
            return try await body(directory)
        }
    }

    private func append(_ text: String, to path: String) throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    @Test("An event's line has the time of day, the kind, and the fields in order of their names")
    func eventLine() {
        let day: Int64 = 20_000 * 86_400_000
        let cases: [(Int64, [String: JSON], String)] = [
            (0, [:], "00:00:00.000 block"),
            (((23 * 60 + 4) * 60 + 9) * 1000 + 7, ["b": 2, "a": "x"], "23:04:09.007 block a=x b=2"),
            (
                86_399_999, ["reason": "no answer", "list": ["p", 1]],
                "23:59:59.999 block list=[\"p\",1] reason=\"no answer\""
            ),
        ]
        for (time, fields, text) in cases {
            let recorded = RecordedEvent(time: day + time, event: Event(.block, from: "n1", fields))
            #expect(NodeLogLine(recorded).text == text)
        }
    }

    @Test(
        "Logs are merged by time, cut to the last lines of each node that match, and strangers are named"
    )
    func existing() async throws {
        let logs = [
            "n1": ["10:00:00.000 a", "10:00:00.002 b x", "10:00:00.004 c x"],
            "n2": ["10:00:00.001 d x", "10:00:00.003 e"],
            "n10": ["10:00:00.002 f"],
        ]
        try await withLogs(logs) { directory in
            func lines(
                _ nodes: [String] = [], last: Int = 100, containing text: String? = nil
            ) throws
                -> [String]
            {
                try LogReader(directory: directory, nodes: nodes, lines: last, containing: text).existing()
                    .map {
                        "\($0.node):\($0.line.dropFirst(13))"
                    }
            }
            let all = try lines()
            #expect(all == ["n1:a", "n2:d x", "n1:b x", "n10:f", "n2:e", "n1:c x"])
            #expect(try lines(last: 1) == ["n10:f", "n2:e", "n1:c x"])
            #expect(try lines(["n1", "n2"], last: 1, containing: "x") == ["n2:d x", "n1:c x"])
            #expect(throws: NetworkError.unknownNode(name: "n3", known: ["n1", "n2", "n10"])) {
                try lines(["n3"])
            }
        }
    }

    @Test("A run that never was has no logs to read")
    func noRun() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "none", parent: folder)
            #expect(throws: RunError.notRunning(name: "none", parent: folder)) {
                try LogReader(directory: directory, nodes: [], lines: 1, containing: nil)
            }
        }
    }

    @Test("Following gives whole new lines only, each once, as the file grows")
    func following() async throws {
        try await withLogs(["n1": ["old x"], "n2": []]) { directory in
            let reader = try LogReader(directory: directory, nodes: [], lines: 10, containing: "x")
            var entries = try reader.followed().makeAsyncIterator()
            try append("new x\nother\nhalf", to: directory.node("n1").log)
            #expect(try await entries.next() == LogReader.Entry(node: "n1", line: "new x"))
            try append("second x\n", to: directory.node("n2").log)
            #expect(try await entries.next() == LogReader.Entry(node: "n2", line: "second x"))
            try append(" of x\n", to: directory.node("n1").log)
            #expect(try await entries.next() == LogReader.Entry(node: "n1", line: "half of x"))
        }
    }

    @Test("Every event reaches the run's log and its node's, and whoever subscribed")
    func runLog() async throws {
        try await withFolder { folder in
            let claim = try RunClaim(RunDirectory(name: "run", parent: folder))
            let log = try RunLog(claim.directory, clock: LiveClock())
            var facts = log.subscribe().makeAsyncIterator()
            let events = [
                Event(.runStarted, from: "testnet", ["name": "run"]),
                Event(.nodeStarted, from: "n1", ["pid": 5]),
                Event(.nodeStopped, from: "n1", ["reason": "killed"]),
            ]
            for event in events { log.record(event) }
            for event in events { #expect(await facts.next()?.event == event) }
            let lines = try String(contentsOfFile: claim.directory.events, encoding: .utf8).split(
                separator: "\n")
            let written = try lines.map { RecordedEvent(json: try JSON(parsing: Bytes($0.utf8)))?.event }
            #expect(written == events)
            #expect(NodeLogTail.lines(of: claim.directory.node("n1").log, count: 9).count == 2)
            #expect(log.failure == nil)
        }
    }

    @Test("More nodes than logs are kept open all have theirs written")
    func manyNodes() async throws {
        try await withFolder { folder in
            let claim = try RunClaim(RunDirectory(name: "run", parent: folder))
            let log = try RunLog(claim.directory, clock: LiveClock())
            for round in ["first", "second"] {
                for number in 1...600 {
                    log.record(Event(.nodeStopped, from: "n\(number)", ["reason": .string(round)]))
                }
            }
            for number in [1, 300, 599, 600] {
                let lines = NodeLogTail.lines(of: claim.directory.node("n\(number)").log, count: 9)
                #expect(lines.count == 2 && lines.last?.contains("second") == true, "n\(number)")
            }
            #expect(log.failure == nil)
        }
    }
}
