import Faults
import NodeRuntime
import SessionProtocol
import Synchronization

@testable import Simulation

/// Runs `body` in virtual time, on links with a fixed latency of 50 µs and machines that do as they are told, unless given
/// otherwise.
func simulate<Value: Sendable>(
    seed: UInt64 = 1, profile: LinkProfile = .loopback, mischief: Mischief = .none,
    limit: Duration = .seconds(86_400), _ body: @escaping @Sendable (Simulation) async throws -> Value
) async throws -> Value {
    try await Simulation.run(
        SimulationSettings(seed: seed, profile: profile, mischief: mischief, limit: limit), body)
}

/// Links of 1 ms, whose connections are made in one round trip.
let millisecondLinks = LinkProfile(
    latency: .fixed(.milliseconds(1)), connectionRoundTrips: LinkProfile.ConnectionRoundTrips(queue: 1, http: 1))

/// A host with one participant on it.
struct Machine: Sendable {
    let simulation: Simulation
    let host: SimulatedHost
    let key: X25519PublicKey
    var transport: SimulatedTransport
    var ports = ListenerPorts()

    var clock: SimulatedClock { simulation.clock(of: host) }

    func peer(_ role: OMQPeer.Role = .serviceNode) -> OMQPeer {
        OMQPeer(address: host.address, port: ports.omq ?? 0, publicKey: key, role: role)
    }

    func url(_ path: String = "/") -> String { "https://\(host.address):\(ports.http ?? 0)\(path)" }

    /// The address of its number on both ends of a link.
    static func address(_ number: UInt8) -> IPv4Address { IPv4Address(10, 0, 0, number) }
}

extension Simulation {
    /// A machine that only asks.
    func machine(_ number: UInt8) -> Machine {
        guard let key = X25519PublicKey(Bytes(repeating: number, count: 32)) else {
            preconditionFailure("32 bytes make a key")
        }
        let host = network.host("m\(number)", at: Machine.address(number))
        return Machine(
            simulation: self, host: host, key: key, transport: network.transport(on: host, keys: key))
    }

    /// A machine that answers.
    func machine(_ number: UInt8, _ services: TransportServices) async throws -> Machine {
        var machine = machine(number)
        machine.ports = try await machine.transport.open(services)
        return machine
    }

    /// A machine with commands that anyone may call.
    func machine(
        _ number: UInt8, limits: [String: Int] = [:],
        _ commands: [String: @Sendable (OMQCall) async -> [Bytes]?]
    ) async throws -> Machine {
        try await machine(
            number,
            TransportServices(
                omq: OMQService(
                    commands: commands.mapValues { OMQService.Command(access: .anyone, run: $0) }, queueLimits: limits)
            ))
    }

    /// Milliseconds since the start, with their fraction.
    var milliseconds: Double { uptime / .milliseconds(1) }
}

/// Answers with what it was sent.
let echo: [String: @Sendable (OMQCall) async -> [Bytes]?] = ["test.echo": { $0.parts }]

/// What happened, in order. The simulation needs no lock; the compiler does.
final class Trace: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }
}

/// Something that happens once, for tasks of a simulation to wait for.
actor Signal {
    private var isGiven = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func give() {
        isGiven = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    func wait() async {
        if isGiven { return }
        await withCheckedContinuation { waiters.append($0) }
    }
}
