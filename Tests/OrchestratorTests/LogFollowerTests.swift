import Foundation
import NodeRuntime
import SessionProtocol
import Testing
import TimeLimits

@testable import Orchestrator

@Suite(.workLimit(minutes: 1)) struct LogFollowerTests {
    /// What a follower gives, asked on a thread that nothing else needs.
    private func news(
        of directory: RunDirectory, _ nodes: [String] = [], containing text: String? = nil
    ) async throws -> AsyncThrowingStream<LogFollower.News, any Error>.Iterator {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: LogFollower.News.self)
        // It is made before anything is written, and stays with its thread.
        await withCheckedContinuation { made in
            Thread.detachNewThread {
                do {
                    let reader = try LogReader(
                        directory: directory, nodes: nodes, lines: 9, containing: text)
                    let follower = try LogFollower(reader)
                    made.resume()
                    while case .enqueued = continuation.yield(try follower.next()) {}
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
        return stream.makeAsyncIterator()
    }

    private func texts(_ news: LogFollower.News?) -> [String] { news?.entries.map { "\($0.node): \($0.text)" } ?? [] }

    @Test("Following gives whole new lines only, each once, as the file grows")
    func following() async throws {
        try await withNodeLogs(["n1": "old x\n", "n2": ""]) { directory in
            var news = try await news(of: directory, containing: "x")
            try append("new x\nother\nhalf".utf8, to: directory.node("n1").log)
            #expect(try await texts(news.next()) == ["n1: new x"])
            try append("second x\n".utf8, to: directory.node("n2").log)
            #expect(try await texts(news.next()) == ["n2: second x"])
            try append(" of x\n".utf8, to: directory.node("n1").log)
            #expect(try await texts(news.next()) == ["n1: half of x"])
        }
    }

    @Test("What was written between reading a log and following it is not missed")
    func noGap() async throws {
        try await withNodeLogs(["n1": "old\nhal"]) { directory in
            let reader = try LogReader(directory: directory, lines: 9)
            #expect(reader.existing(isFollowed: true).map(\.text) == ["old"])
            try append("f\nnew\n".utf8, to: directory.node("n1").log)
            #expect(try LogFollower(reader).next().entries.map(\.text) == ["half", "new"])
        }
    }

    @Test("A node's keys have its name as soon as it has said that it started, also where names were looked up before")
    func names() async throws {
        try await withNodeLogs(["n1": "old\n", "n2": "old\n"]) { directory in
            let reader = try LogReader(directory: directory, lines: 9)
            let follower = try LogFollower(reader)
            let key = String(repeating: "ab", count: 32)
            #expect(reader.names.naming("from \(key)", abbreviated: false) == "from \(key)")
            let start = Event(.nodeStarted, from: "n2", ["pubkeyEd25519": .string(key)])
            let line = NodeLogLine(RecordedEvent(time: 1_767_225_600_000, event: start)).text
            try append("\(line)\n".utf8, to: directory.node("n2").log)
            #expect(try follower.next().entries.map(\.node) == ["n2"])
            #expect(reader.names.naming("from \(key)", abbreviated: false) == "from n2")
        }
    }

    @Test("A node that is added is followed from its first line, unless others were asked for")
    func addedNode() async throws {
        try await withNodeLogs(["n1": "old\n"]) { directory in
            var (all, one) = (try await news(of: directory), try await news(of: directory, ["n1"]))
            try writeLog("hello\n", of: "late", in: directory)
            #expect(try await texts(all.next()) == ["late: hello"])
            try append("again\n".utf8, to: directory.node("late").log)
            #expect(try await texts(all.next()) == ["late: again"])
            try append("mine\n".utf8, to: directory.node("n1").log)
            #expect(try await texts(all.next()) == ["n1: mine"])
            #expect(try await texts(one.next()) == ["n1: mine"])
        }
    }

    @Test("A run that is started again is followed on from its beginning, and it is told that it is another start")
    func newStart() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "run", parent: folder)
            _ = try RunClaim(directory)
            try writeLog(String(repeating: "old\n", count: 50), of: "n1", in: directory)
            var news = try await news(of: directory)
            for round in 1...3 {
                do {
                    let claim = try RunClaim(directory)
                    try writeLog("round \(round)\n", of: "n1", in: directory)
                    withExtendedLifetime(claim) {}
                }
                var (lines, starts): ([String], Int) = ([], 0)
                while lines.isEmpty {
                    let next = try await news.next()
                    lines += texts(next)
                    starts += next?.isOfNewStart == true ? 1 : 0
                }
                #expect(lines == ["n1: round \(round)"] && starts == 1)
            }
            // Also when the whole directory was removed in between.
            try FileManager.default.removeItem(atPath: directory.path)
            try writeLog("from nothing\n", of: "n1", in: directory)
            var lines: [String] = []
            while lines.isEmpty { lines += texts(try await news.next()) }
            #expect(lines == ["n1: from nothing"])
        }
    }

    @Test("More lines than are given at once all come, in their order")
    func manyLines() async throws {
        try await withNodeLogs(["n1": ""]) { directory in
            var news = try await news(of: directory)
            let written = (0..<5_000).map { "line \($0)" }
            try append(written.map { $0 + "\n" }.joined().utf8, to: directory.node("n1").log)
            var read: [String] = []
            while read.count < written.count { read += try await news.next()?.entries.map(\.text) ?? [] }
            #expect(read == written)
        }
    }
}
