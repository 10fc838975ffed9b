import NodeRuntime
import SessionProtocol
import Testing

@testable import Simulation

@Suite struct VirtualTimeTests {
    @Test("Sleeps end at their exact times, and those of one moment in the order in which they began")
    func order() async throws {
        let lines = try await simulate { simulation in
            let trace = Trace()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, delay) in [("a", 30), ("b", 10), ("c", 30), ("d", 0), ("e", 10)] {
                    group.addTask {
                        try await simulation.clock.sleep(for: .milliseconds(delay))
                        trace.add("\(name) \(simulation.uptime)")
                    }
                }
                try await group.waitForAll()
            }
            return trace.all
        }
        #expect(lines == ["d 0.0 seconds", "b 0.01 seconds", "e 0.01 seconds", "a 0.03 seconds", "c 0.03 seconds"])
    }

    @Test("Two years pass as soon as nobody has anything to do, and the wall clock follows")
    func years() async throws {
        let settings = SimulationSettings(seed: 1, epoch: 1_000_000, limit: .seconds(3 * 365 * 86_400))
        let wall = try await Simulation.run(settings) { simulation in
            try await simulation.clock.sleep(for: .seconds(2 * 365 * 86_400))
            return simulation.clock.wallMilliseconds
        }
        #expect(wall == 1_000_000 + 2 * 365 * 86_400 * 1_000)
    }

    @Test("Wall clocks put ahead are ahead on every host, while timers and steady clocks go on as before")
    func calendar() async throws {
        try await simulate { simulation in
            let host = simulation.network.host("a", at: IPv4Address(10, 0, 0, 1))
            let (before, steady) = (simulation.clock(of: host), simulation.steadyClock(of: host))
            let start = before.wallMilliseconds
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await simulation.clock.sleep(for: .seconds(10)) }
                group.addTask {
                    try await simulation.clock.sleep(for: .seconds(1))
                    simulation.advanceWallClocks(by: .seconds(86_400))
                }
                try await group.waitForAll()
            }
            #expect(simulation.uptime == .seconds(10))
            #expect(before.wallMilliseconds == start + 86_410_000)
            #expect(simulation.clock.wallMilliseconds == start + 86_410_000)
            #expect(steady.wallMilliseconds == start + 10_000)
        }
    }

    @Test("A sleep longer than any limit is cut, not an overflow", arguments: [Int64.max, Int64.min])
    func longest(seconds: Int64) async throws {
        try await simulate { simulation in
            let ended: Bool? = try await simulation.clock.within(.seconds(1)) {
                try await simulation.clock.sleep(for: .seconds(seconds))
                return true
            }
            #expect(ended == (seconds < 0 ? true : nil))
        }
    }

    @Test("A cancelled sleep throws at once, whether cancelled before it begins or while it lasts", arguments: [0, 7])
    func cancelling(after delay: Int) async throws {
        let (elapsed, isCancellation) = try await simulate { simulation in
            let sleep = simulation.spawn { try await simulation.clock.sleep(for: .seconds(100)) }
            if delay > 0 { try await simulation.clock.sleep(for: .seconds(delay)) }
            sleep.cancel()
            let result = await sleep.result
            return (simulation.uptime, result.failure is CancellationError)
        }
        #expect(elapsed == .seconds(delay))
        #expect(isCancellation)
    }

    @Test("A limit cuts short what takes longer, and lets pass what does not", arguments: [(3, true), (1, false)])
    func limits(seconds: Int, isCut: Bool) async throws {
        let (value, elapsed) = try await simulate { simulation in
            let value = try await simulation.clock.within(.seconds(2)) {
                try await simulation.clock.sleep(for: .seconds(seconds))
                return "done"
            }
            return (value, simulation.uptime)
        }
        #expect(value == (isCut ? nil : "done"))
        #expect(elapsed == .seconds(isCut ? 2 : 1))
    }

    @Test("A time-out that was cancelled moves no clock: a run that can do nothing more stops where it is")
    func cancelledTimers() async throws {
        let stuck = await #expect(throws: SimulationStuck.self) {
            try await simulate { simulation in
                _ = try await simulation.clock.within(.seconds(3_000)) { true }
                await Signal().wait()
            }
        }
        #expect(stuck?.at == .zero)
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
