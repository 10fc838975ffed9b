import Foundation
import NodeRuntime
import SessionProtocol
import Testing

@testable import Orchestrator

@Suite struct HistoryDifferenceTests {
    private static func event(_ kind: EventKind, _ fields: [String: JSON] = [:], time: Int64 = 0) -> RecordedEvent {
        RecordedEvent(time: time, event: Event(kind, from: "n1", fields))
    }

    private static func start(_ name: String, seed: UInt64 = 7) -> RecordedEvent {
        event(.runStarted, ["name": .string(name), "seed": .uint(seed)])
    }

    private static let block = event(.block, ["height": 1])
    private static let verdict = event(.verdictReached, ["verdict": "holds"])

    private static func log(_ events: [RecordedEvent]) -> String { events.map { $0.json.text + "\n" }.joined() }

    private func difference(_ recorded: String, _ replayed: String) async throws -> HistoryDifference? {
        try await withFolder { folder in
            try recorded.write(toFile: "\(folder)/a", atomically: true, encoding: .utf8)
            try replayed.write(toFile: "\(folder)/b", atomically: true, encoding: .utf8)
            return try HistoryDifference.first(recorded: "\(folder)/a", replayed: "\(folder)/b")
        }
    }

    @Test("Logs that differ only in what a history does not cover do not part")
    func same() async throws {
        let pairs = [
            ("", ""),
            (Self.log([Self.start("a"), Self.block]), Self.log([Self.start("b"), Self.verdict, Self.block])),
            (Self.log([Self.block]), Self.block.json.text), (Self.log([Self.verdict, Self.verdict]), ""),
            (
                Self.log([Self.event(.nodeStarted, ["pid": 1])]), Self.log([Self.event(.nodeStarted, ["pid": 2])])
            ),
        ]
        for (recorded, replayed) in pairs { #expect(try await difference(recorded, replayed) == nil) }
    }

    @Test("The first event that differs is shown from both logs, with its line in each")
    func parts() async throws {
        let (start, block, verdict) = (Self.start("a"), Self.block, Self.verdict)
        let higher = Self.event(.block, ["height": 2])
        let later = Self.event(.block, ["height": 1], time: 1)
        let cases: [(String, String, String)] = [
            (
                Self.log([start, block, block]), Self.log([start, higher, block]),
                "recorded line 2: \(block.json.text)\nreplayed line 2: \(higher.json.text)"
            ),
            (
                Self.log([verdict, start, block]), Self.log([start, later]),
                "recorded line 3: \(block.json.text)\nreplayed line 2: \(later.json.text)"
            ),
            (
                Self.log([start, block, verdict]), Self.log([start]),
                "recorded line 2: \(block.json.text)\nreplayed ends before this"
            ),
            ("", Self.log([verdict, block]), "recorded ends before this\nreplayed line 2: \(block.json.text)"),
            (
                Self.log([start]) + "{\"half", Self.log([start, block]),
                "recorded line 2: {\"half\nreplayed line 2: \(block.json.text)"
            ),
        ]
        for (recorded, replayed, expected) in cases {
            #expect(try await difference(recorded, replayed)?.description == expected)
        }
    }

    @Test("A log's hash is that of the events in it, whatever the run is called; a line that is no event is named")
    func hashOfFile() async throws {
        try await withFolder { folder in
            let events = [Self.start("a"), Self.block, Self.verdict]
            try Self.log(events).write(toFile: "\(folder)/log", atomically: true, encoding: .utf8)
            #expect(try HistoryHash(contentsOf: "\(folder)/log") == HistoryHash(of: [Self.start("b"), Self.block]))
            #expect(try HistoryHash(contentsOf: "\(folder)/log") != HistoryHash(of: [Self.start("b"), Self.verdict]))
            try (Self.log(events) + "{\"half").write(toFile: "\(folder)/log", atomically: true, encoding: .utf8)
            #expect(throws: HistoryHash.MalformedLog(file: "\(folder)/log", line: 4)) {
                try HistoryHash(contentsOf: "\(folder)/log")
            }
        }
    }

    @Test("The recorded run is found by seed and history, and is never the replay itself")
    func search() async throws {
        try await withFolder { folder in
            func run(_ name: String, _ events: [RecordedEvent]?) throws -> RunDirectory {
                let run = RunDirectory(name: name, parent: folder)
                try FileManager.default.createDirectory(atPath: run.path, withIntermediateDirectories: true)
                try events.map(Self.log)?.write(toFile: run.events, atomically: true, encoding: .utf8)
                return run
            }
            func token(_ events: [RecordedEvent], seed: UInt64 = 7) -> ReplayToken {
                let hash = HistoryHash(of: events).description
                return ReplayToken(seed: seed, version: "1", topologyHash: hash, historyHash: hash)
            }
            let (start, other) = (Self.start("x"), Self.event(.block, ["height": 9]))
            _ = try run("verify-1", [start, other])
            _ = try run("verify-3", nil)
            let recorded = try run("verify-2", [Self.start("verify-2"), Self.verdict, Self.block])
            let replayed = try run("replay-1", [Self.start("replay-1"), Self.event(.block, ["height": 3])])
            let search = TopologySearch(topologies: "\(folder)/topologies", logs: folder)

            let found = try #require(
                try HistoryDifference.between(token([start, Self.block]), and: replayed, in: search))
            #expect(found.run == recorded)
            #expect(found.difference?.recorded?.number == 3 && found.difference?.replayed?.number == 2)
            for missing in [
                token([start, Self.event(.block, ["height": 3])]), token([start]),
                token([start, Self.block], seed: 8),
            ] {
                #expect(try HistoryDifference.between(missing, and: replayed, in: search) == nil)
            }
        }
    }

    @Test("As JSON a log that ended is null")
    func json() {
        let difference = HistoryDifference(
            recorded: HistoryDifference.Line(number: 3, text: "{\"a\":1}"), replayed: nil)
        #expect(difference.json == ["recorded": ["line": 3, "text": "{\"a\":1}"], "replayed": .null])
    }
}
