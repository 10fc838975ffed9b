import NodeRuntime
import SessionProtocol
import Simulation
import Storage

extension Testnet {
    /// Makes a network, hands it to `body`, and takes it down when that returns or throws.
    ///
    /// This works alike in every mode, so the same body can be run in all of them. In a simulation `body` runs in virtual time
    /// too: it waits with ``clock``, not in real time, and starts tasks in groups only.
    ///
    /// - Parameters:
    ///   - report: told of every readiness rung when it moves.
    ///   - body: gets the network before it is started.
    /// - Throws: what `body` throws; ``SimulationStuck`` when it waits for something that can never happen.
    public static func run<Value: Sendable>(
        _ settings: NetworkSettings, report: @escaping @Sendable (RungProgress) -> Void = { _ in },
        _ body: @escaping @Sendable (Testnet) async throws -> Value
    ) async throws -> Value {
        guard settings.topology.mode == .simulated else {
            return try await Testnet(settings, report: report).end(after: body)
        }
        return try await Simulation.run(SimulationSettings(settings)) { simulation in
            let testnet = try await Testnet(settings, report: report) {
                SimulatedWorld(settings: settings, simulation: simulation)
            }
            let result = try await testnet.end(after: body)
            testnet.events.record(.end(of: simulation))
            return result
        }
    }

    /// A simulated node's disk, to fill it or to make it fail; `nil` for a node on real sockets and for a name that no node has.
    public func simulatedDisk(ofNode name: String) -> SimulatedDisk? { (nodes[name] as? SimulatedNode)?.disk }

    private func end<Value: Sendable>(
        after body: @Sendable (Testnet) async throws -> Value
    ) async throws -> Value {
        let result: Value
        do {
            result = try await body(self)
        } catch {
            await down()
            throw error
        }
        await down()
        return result
    }
}

extension Event {
    /// The last fact of a simulated run. Steps are left out: how many a task takes is the compiler's business.
    fileprivate static func end(of simulation: Simulation) -> Event {
        let totals = simulation.network.totals
        return Event(
            .simulationEnded, from: "testnet",
            [
                "milliseconds": .integer(Int64(simulation.uptime / .milliseconds(1))),
                "messages": .uint(totals.messages), "bytes": .uint(totals.bytes), "lost": .uint(totals.lost),
                "traffic": .string(String(totals.digest, radix: 16)),
            ])
    }
}
