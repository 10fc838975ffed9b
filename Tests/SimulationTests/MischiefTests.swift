import Faults
import NodeRuntime
import SessionProtocol
import Storage
import Testing

@testable import Simulation

/// The little ways in which a simulation misbehaves, each switched on for good or at evens.
@Suite struct MischiefTests {
    @Test(
        "Early timers fire up to a hundredth before their time, never before they are set; the run's own clock is exact"
    )
    func earlyTimers() async throws {
        let times = try await simulate(mischief: Mischief(chances: [.earlyTimer: .always])) { simulation in
            let clock = simulation.machine(1).clock
            var times: [Duration] = []
            for delay in [Duration.seconds(100), .zero, .seconds(-1)] {
                let start = simulation.uptime
                try await clock.sleep(for: delay)
                times.append(simulation.uptime - start)
            }
            let start = simulation.uptime
            try await simulation.clock.sleep(for: .seconds(100))
            return times + [simulation.uptime - start]
        }
        #expect(times == [.seconds(99), .zero, .zero, .seconds(100)])
    }

    @Test("Reordered wake-ups change places only with those of the same moment")
    func reordering() async throws {
        let mischief = Mischief(chances: [.reorderedWakeUp: .percent(50)])
        var orders: Set<[String]> = []
        for seed in 1...20 as ClosedRange<UInt64> {
            let order = try await simulate(seed: seed, mischief: mischief) { simulation in
                let trace = Trace()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for second in 1...3 {
                        for number in 1...4 as ClosedRange<UInt8> {
                            group.addTask {
                                try await simulation.machine(number).clock.sleep(for: .seconds(second))
                                trace.add("\(second) \(number) \(simulation.uptime.components.seconds)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                return trace.all
            }
            #expect(order.map { $0.first } == order.map { $0.last })
            #expect(order.sorted() == (1...3).flatMap { second in (1...4).map { "\(second) \($0) \(second)" } })
            orders.insert(order)
        }
        #expect(orders.count > 5)
    }

    @Test("A wake-up that is always put off still comes, at its time")
    func alwaysReordered() async throws {
        let time = try await simulate(mischief: Mischief(chances: [.reorderedWakeUp: .always])) { simulation in
            try await simulation.machine(1).clock.sleep(for: .seconds(1))
            return simulation.uptime
        }
        #expect(time == .seconds(1))
    }

    @Test("A slow peer keeps each message for up to 200 ms more")
    func slowPeers() async throws {
        let mischief = Mischief(chances: [.slowPeer: .always])
        let times = try await simulate(mischief: mischief) { simulation in
            let server = try await simulation.machine(2, echo)
            let client = simulation.machine(1)
            var times: [Double] = []
            for _ in 0..<50 {
                let start = simulation.milliseconds
                _ = await client.transport.request(server.peer(), "test.echo", [], timeout: .seconds(5))
                times.append(simulation.milliseconds - start)
            }
            return times.dropFirst()
        }
        #expect(times.allSatisfy { (0.1...400.1).contains($0) })
        #expect(try #require(times.max()) > 250)
    }

    private static let message = StoredMessage(
        account: account, namespace: Namespace(0), hash: hash, timestamp: 1_767_225_600_000,
        expiry: 1_767_225_700_000, data: [1])
    private static let account: AccountID = {
        guard let account = AccountID([0x05] + Bytes(repeating: 1, count: 32)) else { preconditionFailure() }
        return account
    }()
    private static let hash: MessageHash = {
        guard let hash = MessageHash(digest: Bytes(repeating: 1, count: 32)) else { preconditionFailure() }
        return hash
    }()

    @Test(
        "A disk takes time or fails only where that is asked for",
        arguments: [
            (Mischief.none, false, true), (Mischief(chances: [.slowDisk: .always]), true, true),
            (Mischief(chances: [.failedWrite: .always]), false, false),
            (Mischief(chances: [.tornWrite: .always]), false, false),
        ])
    func disks(mischief: Mischief, isSlow: Bool, works: Bool) async throws {
        try await simulate(mischief: mischief) { simulation in
            let store = try SimulatedMessageStore(disk: simulation.disk(of: simulation.machine(1).host))
            let result = await Result { try await store.store(Self.message) }
            #expect(result.isSuccess == works)
            #expect((simulation.uptime > .zero) == isSlow)
            #expect(simulation.uptime < .milliseconds(500))
            await store.close()
        }
    }
}
