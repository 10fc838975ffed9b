import NodeRuntime
import SessionProtocol
import Testing

@testable import Simulation

/// A held host is a process that got a SIGSTOP.
@Suite struct HoldTests {
    private static let note: @Sendable (Trace) -> [String: @Sendable (OMQCall) async -> [Bytes]?] = { trace in
        [
            "test.note": { call in
                trace.add("message \(call.parts[0])")
                return []
            }
        ]
    }

    @Test("Timers and messages wait for the release and then come in the order in which they were due")
    func order() async throws {
        try await simulate { simulation in
            let trace = Trace()
            let server = try await simulation.machine(2, Self.note(trace))
            let client = simulation.machine(1)
            _ = await client.transport.request(server.peer(), "test.note", [[0]], timeout: .seconds(1))
            server.host.hold()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for second in [2, 4, 9] {
                    group.addTask {
                        try await server.clock.sleep(for: .seconds(second))
                        trace.add("timer \(second) at \(simulation.uptime.components.seconds)")
                    }
                }
                for second in [1, 3, 5] as [UInt8] {
                    group.addTask {
                        try await simulation.clock.sleep(for: .seconds(Int(second)))
                        let outcome = await client.transport.request(
                            server.peer(), "test.note", [[second]], timeout: .seconds(8))
                        #expect(outcome == .reply([]))
                    }
                }
                try await simulation.clock.sleep(for: .seconds(6))
                #expect(trace.all == ["message [0]"])
                server.host.release()
                try await group.waitForAll()
            }
            #expect(
                trace.all == [
                    "message [0]", "message [1]", "timer 2 at 6", "message [3]", "timer 4 at 6", "message [5]",
                    "timer 9 at 9",
                ])
        }
    }

    @Test("A held host sends nothing, and what its tasks want to send leaves on release")
    func sending() async throws {
        try await simulate { simulation in
            let trace = Trace()
            let server = try await simulation.machine(2, Self.note(trace))
            let client = simulation.machine(1)
            _ = await client.transport.request(server.peer(), "test.note", [[0]], timeout: .seconds(1))
            client.host.hold()
            async let reply = client.transport.request(server.peer(), "test.note", [[1]], timeout: .seconds(50))
            try await simulation.clock.sleep(for: .seconds(5))
            #expect(trace.all == ["message [0]"])
            client.host.release()
            #expect(await reply == .reply([]))
        }
    }

    @Test("An answer that came while its host was held beats the time-out that passed meanwhile; without one it counts")
    func answersBeatDeadlines() async throws {
        try await simulate { simulation in
            let server = try await simulation.machine(
                2,
                [
                    "test.slow": { call in
                        // Ends early only with the run.
                        try? await simulation.clock.sleep(for: .seconds(Int(call.parts[0].first ?? 0)))
                        return []
                    }
                ])
            let client = simulation.machine(1)
            async let answered = client.transport.request(server.peer(), "test.slow", [[3]], timeout: .seconds(2))
            async let unanswered = client.transport.request(server.peer(), "test.slow", [[30]], timeout: .seconds(2))
            try await simulation.clock.sleep(for: .seconds(1))
            client.host.hold()
            try await simulation.clock.sleep(for: .seconds(4))
            client.host.release()
            #expect(await answered == .reply([]))
            #expect(await unanswered == .timedOut)
            #expect(simulation.uptime == .seconds(5))
        }
    }

    @Test("Cancelling a task of a held host ends its sleep at once")
    func cancelling() async throws {
        try await simulate { simulation in
            let machine = simulation.machine(1)
            machine.host.hold()
            let sleep = simulation.spawn { try await machine.clock.sleep(for: .seconds(1)) }
            try await simulation.clock.sleep(for: .seconds(2))
            sleep.cancel()
            #expect(await sleep.result.failure is CancellationError)
            machine.host.release()
            try await simulation.clock.sleep(for: .seconds(1))
        }
    }

    @Test("A connection to a host that dies while it is held is refused")
    func death() async throws {
        try await simulate { simulation in
            let server = try await simulation.machine(2, echo)
            server.host.hold()
            async let reply = simulation.machine(1).transport.request(
                server.peer(), "test.echo", [], timeout: .seconds(5))
            try await simulation.clock.sleep(for: .seconds(1))
            server.transport.drop()
            server.host.release()
            #expect(await reply == .unreachable("connection refused by 10.0.0.2:22020"))
            #expect(simulation.uptime < .seconds(2))
        }
    }

    @Test("Holding again right after a release keeps what has not happened yet")
    func holdingAgain() async throws {
        try await simulate { simulation in
            let trace = Trace()
            let machine = simulation.machine(1)
            machine.host.hold()
            let sleep = simulation.spawn {
                try await machine.clock.sleep(for: .seconds(1))
                trace.add("awake at \(simulation.uptime.components.seconds)")
            }
            try await simulation.clock.sleep(for: .seconds(2))
            machine.host.release()
            machine.host.hold()
            try await simulation.clock.sleep(for: .seconds(2))
            #expect(trace.all == [])
            machine.host.release()
            try await sleep.value
            #expect(trace.all == ["awake at 4"])
        }
    }
}
