import Synchronization
import Testing

@testable import TimeLimits

struct WorkLimitTests {
    /// Waits until its task is cancelled.
    private static func hang() async {
        let (stream, _) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
    }

    private final class Noted: Sendable {
        private let state = Mutex<[Int]>([])
        var numbers: [Int] { state.withLock { $0 } }
        func add(_ number: Int) { state.withLock { $0.append(number) } }
    }

    private static func run(_ limit: WorkLimit, _ body: @Sendable () async throws -> Void) async throws {
        let test = try #require(Test.current)
        try await limit.provideScope(for: test, testCase: nil, performing: body)
    }

    @Test("A test that hangs fails when its own time is spent, and gives its turn to the next one")
    func hangs() async throws {
        let turns = Turns(count: 1)
        let limit = WorkLimit(limit: WorkTime.tick, turns: turns)
        // In a task of its own: it is cancelled.
        let hanging = Task {
            try await withKnownIssue {
                try await Self.run(limit) { await Self.hang() }
            } matching: {
                $0.comments.contains { $0.rawValue == "worked for 0.25 seconds without coming to its end" }
            }
            return Task.isCancelled
        }
        #expect(try await hanging.value)
        try await Self.run(WorkLimit(limit: .seconds(3600), turns: turns)) { #expect(!Task.isCancelled) }
    }

    @Test("Waiting for one's turn spends nothing of the limit")
    func waiting() async throws {
        let turns = Turns(count: 1)
        let first = await turns.take()
        let waiting = Task { try await Self.run(WorkLimit(limit: WorkTime.tick, turns: turns)) {} }
        // What has a limit of its own passes four of the other's meanwhile.
        await withKnownIssue {
            try await Task {
                try await Self.run(WorkLimit(limit: WorkTime.tick * 4, turns: Turns(count: 1))) { await Self.hang() }
            }.value
        }
        first.end()
        try await waiting.value
    }

    @Test("So many tests are at work at a time, and the others wait")
    func bounded() async throws {
        let turns = Turns(count: 2)
        let (first, second) = (await turns.take(), await turns.take())
        let order = Noted()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    let turn = await turns.take()
                    order.add(number)
                    turn.end()
                    // A turn that has ended is not there twice.
                    turn.end()
                }
            }
            #expect(order.numbers.isEmpty)
            first.end()
            try await group.waitForAll()
        }
        #expect(order.numbers.sorted() == [0, 1, 2, 3, 4])
        second.end()
    }

    @Test("A suite inside another one takes no second turn")
    func nested() async throws {
        let limit = WorkLimit(limit: .seconds(3600), turns: Turns(count: 1))
        let wasRun = Noted()
        try await Self.run(limit) { try await Self.run(limit) { wasRun.add(1) } }
        #expect(wasRun.numbers == [1])
    }

    @Test(
        "A second on a crowded machine is a part of a second",
        arguments: [
            ("0.00 0.01 0.05 1/120 999\n", 2, 1.0), ("8.00 8.01 8.05 11/320 999\n", 2, 5.0),
            ("8.00 8.01 8.05 3/320 999\n", 2, 1.0), ("", 2, 1.0), ("a b c d e", 2, 1.0), ("1 1 1 5/9 2", 0, 4.0),
        ])
    func crowding(text: String, cores: Int, expected: Double) {
        #expect(max(1, WorkTime.crowding(loadAverages: text, cores: cores)) == expected)
        var time = WorkTime()
        for _ in 0..<20 { time.passTick(crowding: expected) }
        #expect(time.total == .seconds(5) / expected)
    }
}
