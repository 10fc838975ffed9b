import Foundation
import NodeRuntime
import SessionProtocol
import Sockets
import Testing
import TimeLimits

@testable import Orchestrator

@Suite(.workLimit(minutes: 1)) struct ReadinessWatchTests {
    private func watch(in folder: String) -> ReadinessWatch {
        ReadinessWatch(
            ReadinessLadder(names: ["aa": "n1", "bb": "n2"], clients: 2),
            directory: RunDirectory(name: "run", parent: folder), events: Unread(), elapsed: { 17 },
            report: { _ in })
    }

    /// The events a watch makes are read elsewhere.
    private struct Unread: EventLog {
        func record(_ event: Event) {}
    }

    private func follow(_ watch: ReadinessWatch, _ events: [Event]) async {
        let (stream, log) = AsyncStream.makeStream(of: RecordedEvent.self)
        for event in events { log.yield(RecordedEvent(time: 0, event: event)) }
        log.finish()
        await watch.follow(stream)
    }

    @Test("A waiter goes on when the rung and all before it are reached, with the time of each")
    func reached() async throws {
        try await withFolder { folder in
            let watch = watch(in: folder)
            async let waiting: Void = watch.wait(
                for: .registered, timeout: .seconds(30), clock: LiveClock())
            await follow(
                watch, ["aa", "bb"].map { Event(.nodeRegistered, from: "ledger", ["node": .string($0)]) })
            watch.ledgerOpened()
            for node in ["n1", "n2"] { watch.answered(node: node) }
            try await waiting
            #expect(watch.progress().prefix(3).allSatisfy { $0.milliseconds == 17 })
            #expect(watch.progress()[3].milliseconds == nil)
        }
    }

    @Test("A wait that lasts too long names the lowest open rung and who is missing")
    func timedOut() async throws {
        try await withFolder { folder in
            let watch = watch(in: folder)
            watch.ledgerOpened()
            watch.answered(node: "n2")
            let error = await #expect(throws: ReadinessError.self) {
                try await watch.wait(for: .canaryDelivered, timeout: .milliseconds(10), clock: LiveClock())
            }
            let text = "\(try #require(error))"
            #expect(text.contains("waiting for nodes answering, have 1 of 2; missing n1"), "\(text)")
        }
    }

    @Test("A node that ends fails every waiter at once, with its reason and last log lines")
    func nodeEnded() async throws {
        try await withFolder { folder in
            let watch = watch(in: folder)
            let node = RunDirectory(name: "run", parent: folder).node("n2")
            try FileManager.default.createDirectory(atPath: node.path, withIntermediateDirectories: true)
            try (1...12).map { "line \($0)\n" }.joined().write(
                toFile: node.log, atomically: true, encoding: .utf8)
            async let waiting: Void = watch.wait(for: .ledger, timeout: .seconds(30), clock: LiveClock())
            await follow(watch, [Event(.nodeStopped, from: "n2", ["reason": "exited with code 1"])])
            do {
                try await waiting
                Issue.record("the wait went on")
            } catch {
                let lines = "\(error)".split(separator: "\n")
                #expect(lines.first == "node n2 ended: exited with code 1")
                #expect(lines.dropFirst() == (3...12).map { "  n2 | line \($0)" }[...])
            }
        }
    }

    @Test("What was reached stays reached when a node is killed later")
    func killedAfterwards() async throws {
        try await withFolder { folder in
            let watch = watch(in: folder)
            watch.ledgerOpened()
            await follow(watch, [Event(.nodeStopped, from: "n1", ["reason": "killed"])])
            try await watch.wait(for: .ledger, timeout: .seconds(30), clock: LiveClock())
        }
    }

    @Test("The end of a node that was taken out of the network fails nobody")
    func left() async throws {
        try await withFolder { folder in
            let watch = watch(in: folder)
            watch.left("n1")
            await follow(watch, [Event(.nodeStopped, from: "n1", ["reason": "stopped"])])
            async let waiting: Void = watch.wait(for: .ledger, timeout: .seconds(30), clock: LiveClock())
            watch.ledgerOpened()
            try await waiting
        }
    }

    @Test("A node that is started again does not fail those who wait from then on")
    func startedAgain() async throws {
        try await withFolder { folder in
            let watch = watch(in: folder)
            await follow(
                watch,
                [Event(.nodeStopped, from: "n1", ["reason": "stopped"]), Event(.nodeStarted, from: "n1")])
            async let waiting: Void = watch.wait(for: .ledger, timeout: .seconds(30), clock: LiveClock())
            watch.ledgerOpened()
            try await waiting
        }
    }
}
