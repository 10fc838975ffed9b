import Faults
import NodeRuntime
import SessionProtocol
import Testing

@testable import Simulation

/// A run is a function of its body and its seed.
@Suite struct DeterminismTests {
    /// Hands out numbers to tasks of many machines, so that the order in which they come matters.
    private actor Counter {
        private var count = 0

        func next() -> Int {
            count += 1
            return count
        }
    }

    /// Machines that sleep for random times and send to random others, over links with every kind of fault.
    /// - Parameter yields: how often each task steps back for nothing before each thing it does.
    private func traces(seed: UInt64, yields: Int = 0) async throws -> (trace: [String], totals: NetworkTotals) {
        try await simulate(seed: seed, profile: .internet, mischief: .rare) { simulation in
            simulation.network.rules = LinkRules([
                LinkRule("loss", effect: .drop(.percent(2))),
                LinkRule("twice", effect: .duplicate(.percent(5), after: .uniform(.zero ... .milliseconds(50)))),
                LinkRule("late", effect: .reorder(.percent(5), by: .uniform(.zero ... .milliseconds(90)))),
                LinkRule("reset", effect: .reset(.percent(1))),
            ])
            let trace = Trace()
            let counter = Counter()
            var machines: [Machine] = []
            for number in 1...6 as ClosedRange<UInt8> {
                machines.append(
                    try await simulation.machine(
                        number,
                        [
                            "test.count": { call in
                                for _ in 0..<yields { await Task.yield() }
                                trace.add("\(simulation.milliseconds) \(number) \(call.parts[0])")
                                return [Bytes("\(await counter.next())".utf8)]
                            }
                        ]))
            }
            await withTaskGroup(of: Void.self) { [machines] group in
                for machine in machines {
                    group.addTask { await Self.work(machine, among: machines, seed: seed, yields: yields, trace) }
                }
            }
            return (trace.all, simulation.network.totals)
        }
    }

    private static func work(
        _ machine: Machine, among machines: [Machine], seed: UInt64, yields: Int, _ trace: Trace
    ) async {
        let number = UInt64(machine.host.address.rawValue)
        var chance = ChanceStream(seed: seed, purpose: "work", number)
        for step in 0..<20 as Range<UInt8> {
            // Nobody cancels.
            try? await machine.clock.sleep(for: .milliseconds(Int.random(in: 0...300, using: &chance)))
            let peer = machines[Int.random(in: machines.indices, using: &chance)].peer()
            for _ in 0..<yields * Int(number & 3) { await Task.yield() }
            let outcome = await machine.transport.request(peer, "test.count", [[step]], timeout: .seconds(1))
            trace.add("\(machine.simulation.milliseconds) \(machine.host.name) \(outcome)")
        }
    }

    @Test("A seed gives the same run twice and another than every other seed, mischief and faults included")
    func seeds() async throws {
        var seen: Set<[String]> = []
        for seed in 1...20 as ClosedRange<UInt64> {
            let first = try await traces(seed: seed)
            let second = try await traces(seed: seed)
            #expect(first.trace == second.trace && first.totals == second.totals, "seed \(seed)")
            #expect(first.trace.count > 150 && first.totals.lost > 0)
            seen.insert(first.trace)
        }
        #expect(seen.count == 20)
    }

    @Test("How many steps a task takes for what it does changes nothing, as a build with other settings would")
    func steps() async throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            let plain = try await traces(seed: seed)
            for yields in 1...3 {
                let other = try await traces(seed: seed, yields: yields)
                #expect(other.trace == plain.trace && other.totals == plain.totals, "seed \(seed), \(yields)")
            }
        }
    }

    /// All machines act at the same moments, so that only the number of their steps decides who is first.
    private func clashes(yields: Int) async throws -> ([String], NetworkTotals) {
        try await simulate(profile: .internet, mischief: Mischief(chances: [.slowPeer: .percent(30)])) { simulation in
            simulation.network.rules.add(LinkRule("loss", effect: .drop(.percent(10))))
            let trace = Trace()
            let server = try await simulation.machine(9, echo)
            await withTaskGroup(of: Void.self) { group in
                for number in 1...8 as ClosedRange<UInt8> {
                    group.addTask {
                        let machine = simulation.machine(number)
                        for _ in 0..<5 {
                            // Nobody cancels.
                            try? await machine.clock.sleep(for: .seconds(10) - simulation.uptime % .seconds(10))
                            for _ in 0..<yields * Int(number % 3) { await Task.yield() }
                            let outcome = await machine.transport.request(
                                server.peer(), "test.echo", [], timeout: .seconds(1))
                            trace.add("\(simulation.milliseconds) \(machine.host.name) \(outcome)")
                        }
                    }
                }
            }
            return (trace.all.sorted(), simulation.network.totals)
        }
    }

    @Test("Who is first of those that act at the same moment changes no draw of chance for anybody")
    func sameMoment() async throws {
        let plain = try await clashes(yields: 0)
        #expect(Set(plain.0).count == 40)
        for yields in 1...3 {
            let other = try await clashes(yields: yields)
            #expect(other.0 == plain.0 && other.1 == plain.1)
        }
    }
}

extension Duration {
    fileprivate static func % (left: Duration, right: Duration) -> Duration {
        .nanoseconds(left.wholeNanoseconds % right.wholeNanoseconds)
    }
}
