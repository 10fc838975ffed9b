import Faults
import NodeRuntime
import SessionProtocol
import Synchronization
import Testing
import TimeLimits

@testable import Simulation

@Suite struct RunTests {
    struct Failure: Error, Equatable {}

    @TaskLocal static var mark = ""

    @Test("A run returns what its body returns and throws what its body throws")
    func results() async throws {
        #expect(try await simulate { _ in 42 } == 42)
        await #expect(throws: Failure()) { try await simulate { _ in throw Failure() } }
    }

    @Test("Cancelling the task that waits for a run cancels its body", .workLimit(minutes: 1))
    func cancelling() async throws {
        let hasStarted = AsyncStream<Void>.makeStream()
        let run = Task {
            try await simulate(limit: .seconds(Int64.max / 2_000_000_000)) { simulation in
                // What escapes from a simulation this way wakes nobody inside it.
                Self.tellOutside(hasStarted.continuation)
                while true { try await simulation.clock.sleep(for: .milliseconds(1)) }
            }
        }
        for await _ in hasStarted.stream { break }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
    }

    /// The waiter outside is woken by a thread that belongs to no simulation.
    private static func tellOutside(_ continuation: AsyncStream<Void>.Continuation) {
        SimulationThread.start { continuation.yield() }
    }

    @Test("A run that can do nothing more says so at once, with who waits for what")
    func stuck() async throws {
        let stuck = await #expect(throws: SimulationStuck.self) {
            try await simulate { simulation in
                let server = try await simulation.machine(2, echo)
                let client = simulation.machine(1)
                _ = await client.transport.request(server.peer(), "test.echo", [], timeout: .seconds(1))
                server.host.hold()
                async let reply = client.transport.request(
                    server.peer(), "test.echo", [], timeout: .seconds(200_000))
                async let sleep: Void = simulation.machine(3).clock.sleep(for: .seconds(100_000))
                _ = try await (reply, sleep)
            }
        }
        #expect(stuck?.ranOutOfTime == true)
        #expect(
            stuck?.waiting == [
                "m1 waits for m2: test.echo", "m2 is held, and 1 things wait for its release",
                "m3 sleeps until 100000.000400000 s",
            ])
        #expect("\(try #require(stuck))".contains("passed its limit of virtual time"))
    }

    @Test("A body that waits for what nobody will do is stuck, not hanging, and gets to tidy up")
    func forgotten() async throws {
        let trace = Trace()
        let stuck = await #expect(throws: SimulationStuck.self) {
            try await simulate { simulation in
                let held = simulation.machine(1)
                held.host.hold()
                do {
                    try await simulation.clock.sleep(for: .seconds(5))
                    try await held.clock.sleep(for: .seconds(5))
                } catch {
                    trace.add("\(error)")
                    try await simulation.clock.within(.seconds(1)) {}
                }
            }
        }
        #expect(stuck?.at == .seconds(10))
        #expect(stuck?.ranOutOfTime == false)
        #expect(stuck?.waiting == ["m1 is held, and 1 things wait for its release"])
        #expect(trace.all == ["CancellationError()"])
    }

    @Test("A stuck body that ignores its cancellation ends all the same")
    func stubborn() async throws {
        await #expect(throws: SimulationStuck.self) {
            try await simulate(limit: .seconds(1)) { simulation in
                while true { await Self.ignoringCancellation { try await simulation.clock.sleep(for: .seconds(1)) } }
            }
        }
    }

    private static func ignoringCancellation(_ body: () async throws -> Void) async {
        do { try await body() } catch {}
    }

    @Test("What a run leaves behind does no harm when it goes on later")
    func leftovers() async throws {
        let trace = Trace()
        let (stream, continuation) = AsyncStream<Int>.makeStream()
        try await simulate { simulation in
            simulation.spawn {
                for await number in stream { trace.add("\(number)") }
                trace.add("over")
            }
            simulation.spawn {
                try await simulation.clock.sleep(for: .seconds(5))
                trace.add("slept")
            }
            try await simulation.clock.sleep(for: .seconds(1))
            continuation.yield(1)
            try await simulation.clock.sleep(for: .seconds(1))
        }
        continuation.yield(2)
        continuation.finish()
        #expect(trace.all == ["1"])
    }

    private final class Inside: Sendable {
        let count = Atomic(0)
    }

    @Test("Two runs at the same time on two threads do not disturb each other")
    func together() async throws {
        let inside = Inside()
        let digests = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    try await simulate(profile: .lan) { simulation in
                        inside.count.add(1, ordering: .relaxed)
                        // Both are inside at once, or this test would show nothing.
                        while inside.count.load(ordering: .relaxed) < 2 {}
                        let server = try await simulation.machine(2, echo)
                        let client = simulation.machine(1)
                        for number in 0..<500 {
                            let parts = [Bytes("\(number)".utf8)]
                            let reply = await client.transport.request(
                                server.peer(), "test.echo", parts, timeout: .seconds(1))
                            #expect(reply == .reply(parts))
                        }
                        return simulation.network.totals.digest
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(digests.count == 2 && digests[0] == digests[1])
    }

    @Test("What surrounds a run reaches its body, its tasks and the handlers of messages")
    func surrounding() async throws {
        var settings = SimulationSettings(seed: 1)
        settings.surround = { body in try await Self.$mark.withValue("inside") { try await body() } }
        let marks = try await Simulation.run(settings) { simulation in
            let trace = Trace()
            trace.add("body \(Self.mark)")
            try await simulation.spawn { trace.add("task \(Self.mark)") }.value
            let server = try await simulation.machine(
                2,
                TransportServices(
                    http: { _, _ in
                        trace.add("post \(Self.mark)")
                        return HTTPReply(status: 200)
                    },
                    omq: OMQService(commands: [
                        "test.mark": OMQService.Command(access: .anyone) { _ in
                            trace.add("command \(Self.mark)")
                            return []
                        }
                    ])))
            let client = simulation.machine(1)
            _ = await client.transport.request(server.peer(), "test.mark", [], timeout: .seconds(1))
            _ = try await client.transport.post(OutgoingPost(url: server.url(), body: [], timeout: .seconds(1)))
            // Handlers that start while a task releases their host are no part of that task.
            server.host.hold()
            async let late = client.transport.request(server.peer(), "test.mark", [], timeout: .seconds(9))
            try await simulation.clock.sleep(for: .seconds(1))
            Self.$mark.withValue("releasing") { server.host.release() }
            _ = await late
            return trace.all
        }
        #expect(marks == ["body inside", "task inside", "command inside", "post inside", "command inside"])
    }
}
