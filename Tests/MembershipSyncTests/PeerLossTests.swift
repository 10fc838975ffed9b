import Faults
import NodeRuntime
import ServiceNode
import SessionProtocol
import Simulation
import Testing
import TimeLimits

/// What a dead member costs a store, and how soon its return is noticed. All times are virtual, and exact.
@Suite(.workLimit(minutes: 1)) struct PeerLossTests {
    private static let swarm: UInt64 = 0x1000_0000_0000_0000
    private static let names = ["a", "b", "c", "d", "e"]

    /// How a member dies, and comes back.
    enum Loss: CaseIterable {
        /// Its ports refuse connections.
        case killed
        /// As by SIGSTOP: connections stay, nothing is answered.
        case held
        /// Packets vanish.
        case cutOff

        func strike(_ name: String, in world: SyncWorld) async throws {
            let node = try world.node(name)
            switch self {
            case .killed: await node.kill()
            case .held: node.hold()
            case .cutOff: try world.cut(name, from: names.filter { $0 != name })
            }
        }

        func end(_ name: String, in world: SyncWorld) async throws {
            let node = try world.node(name)
            switch self {
            case .killed: try await node.start()
            case .held: node.release()
            case .cutOff: world.heal()
            }
        }
    }

    /// - Returns: how long a store at `a` took.
    private static func store(_ number: Int, in world: SyncWorld) async throws -> Duration {
        let start = world.simulation.uptime
        #expect(try await world.store(number, for: try SyncWorld.account(number), at: try world.node("a")))
        return world.simulation.uptime - start
    }

    @Test(
        "From the second store on a dead member costs at most 50 ms more than a healthy swarm, however it died",
        arguments: Loss.allCases)
    func cost(loss: Loss) async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: Self.names])
            _ = try await Self.store(1, in: world)
            let healthy = try await Self.store(2, in: world)
            try await loss.strike("e", in: world)
            let first = try await Self.store(3, in: world)
            #expect(first <= .seconds(5) + healthy)
            for number in 4...30 {
                let later = try await Self.store(number, in: world)
                #expect(later <= healthy + .milliseconds(50), "store \(number)")
                try await world.pass(.milliseconds([0, 130, 700, 2_100][number % 4]))
            }
        }
    }

    @Test(
        "A dead member's return is noticed within two seconds without any traffic, and it gets what it missed in seconds",
        arguments: Loss.allCases, [Duration.milliseconds(700), .seconds(7), .seconds(29)])
    func back(loss: Loss, after absence: Duration) async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: Self.names])
            _ = try await Self.store(0, in: world)
            let healthy = try await Self.store(1, in: world)
            try await loss.strike("e", in: world)
            _ = try await Self.store(2, in: world)
            try await world.pass(absence)
            #expect(world.events.all(.peerReturned).isEmpty)
            try await loss.end("e", in: world)
            try await world.pass(.seconds(2))
            #expect(world.events.all(.peerReturned, from: "a").count == 1)
            try await world.pass(.seconds(1))
            try await world.expectRecordsInPlace()
            // Connections that were idle for long are made anew.
            #expect(try await Self.store(3, in: world) <= healthy + .milliseconds(50))
        }
    }

    @Test("A slow member is waited for every time, also after it was away")
    func slow() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: Self.names])
            _ = try await Self.store(1, in: world)
            let delay = LinkRule(
                "slow", from: .only(try world.node("a").host.address), to: .only(try world.node("e").host.address),
                effect: .delay(.fixed(.seconds(4))))
            world.simulation.network.rules.add(delay)
            for number in 2...4 { #expect(try await Self.store(number, in: world) > .seconds(4)) }
            #expect(world.events.all(.peerUnreachable).isEmpty)
            // Longer than the time-out, and back to what it was: questions are answered late, and count.
            world.simulation.network.rules = LinkRules()
            try world.cut("e", from: ["a"])
            _ = try await Self.store(5, in: world)
            #expect(world.events.all(.peerUnreachable, from: "a").count == 1)
            world.heal()
            world.simulation.network.rules.add(delay)
            try await world.pass(.seconds(6))
            #expect(world.events.all(.peerReturned, from: "a").count == 1)
            for number in 6...8 { #expect(try await Self.store(number, in: world) > .seconds(4)) }
            #expect(world.events.all(.peerUnreachable, from: "a").count == 1)
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }
}
