import Dispatch
import NodeRuntime
import Testing

@testable import Simulation

/// Runs `body` in a simulation that always has something else to do, or it might be stuck before the other thread comes.
/// Again and again: another thread that comes back before its caller has left is not seen, as nothing waits for it then.
private func whileBusy(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await simulate { _ in
        async let busy: Void = { while !Task.isCancelled { await Task.yield() } }()
        while !Task.isCancelled { try await body() }
        await busy
    }
}

/// Whatever leaves virtual time ends the process, and the message says what to use instead.
@Suite struct EscapeTests {
    private func expect(_ result: ExitTest.Result?, says words: String) throws {
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(text.contains(words))
    }

    private static let left = "start it in a task group, or with the simulation's spawn"
    private static let foreign = "came from another thread"
    private static let realTime = "use the clock of the environment in place of Task.sleep"

    @Test("A plain task is caught")
    func plainTask() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await simulate { _ in await Task {}.value }
        }
        try expect(result, says: Self.left)
    }

    @Test("A detached task is caught")
    func detachedTask() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await simulate { _ in await Task.detached {}.value }
        }
        try expect(result, says: Self.left)
    }

    @Test("A task that is started by the handler of a message is caught")
    func taskOfHandler() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await simulate { simulation in
                let server = try await simulation.machine(2, ["test.task": { _ in await Task { [] }.value }])
                _ = await simulation.machine(1).transport.request(
                    server.peer(), "test.task", [], timeout: .seconds(1))
            }
        }
        try expect(result, says: Self.left)
    }

    @Test("The main actor is caught")
    func mainActor() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await whileBusy { await MainActor.run {} }
        }
        try expect(result, says: Self.foreign)
    }

    @Test("A sleep in real time is caught")
    func sleeping() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await simulate { _ in try await Task.sleep(for: .milliseconds(1)) }
        }
        try expect(result, says: Self.realTime)
    }

    @Test("A sleep of nanoseconds in real time is caught")
    func sleepingNanoseconds() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await simulate { _ in try await Task.sleep(nanoseconds: 1_000) }
        }
        try expect(result, says: Self.realTime)
    }

    @Test("A sleep of a real clock is caught")
    func realClock() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await simulate { _ in try await ContinuousClock().sleep(for: .milliseconds(1)) }
        }
        try expect(result, says: Self.realTime)
    }

    private final class Queue: SerialExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            DispatchQueue.global().async { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }

    /// An actor that runs on threads of its own.
    private actor Foreign {
        private let queue = Queue()
        nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

        func visit() {}
    }

    @Test("An actor with an executor of its own is caught")
    func foreignActor() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await whileBusy { await Foreign().visit() }
        }
        try expect(result, says: Self.foreign)
    }

    @Test("A continuation that is resumed by a queue's thread is caught")
    func foreignThread() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await whileBusy {
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().async { continuation.resume() }
                }
            }
        }
        try expect(result, says: Self.foreign)
    }

    @Test("A run inside a run is caught")
    func nested() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try await whileBusy { try await simulate { _ in } }
        }
        try expect(result, says: Self.foreign)
    }

    @Test("The rest of the process does as it likes, before, during and after a run")
    func others() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<50 { try await simulate { try await $0.clock.sleep(for: .seconds(1)) } }
            }
            for _ in 0..<50 {
                group.addTask {
                    #expect(await Task { 1 }.value == 1)
                    #expect(await Task.detached { 2 }.value == 2)
                    #expect(await MainActor.run { 3 } == 3)
                    try await Task.sleep(for: .nanoseconds(1))
                }
            }
            try await group.waitForAll()
        }
    }
}
