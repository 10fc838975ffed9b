import Foundation
import NodeRuntime
import SessionProtocol
import Sockets
import Testing
import TimeLimits

@testable import Orchestrator

@Suite(.workLimit(minutes: 1)) struct LogTests {
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
            #expect(NodeLogTail.lines(of: "n1", in: claim.directory, count: 9).count == 2)
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
                let lines = NodeLogTail.lines(of: "n\(number)", in: claim.directory, count: 9)
                #expect(lines.count == 2 && lines.last?.contains("second") == true, "n\(number)")
            }
            #expect(log.failure == nil)
        }
    }
}
