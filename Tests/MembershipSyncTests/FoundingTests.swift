import Faults
import NodeRuntime
import ServiceNode
import SessionProtocol
import Simulation
import Testing
import TimeLimits

/// A network that begins: its nodes see each other come into their swarms one after the other.
@Suite(.workLimit(minutes: 2)) struct FoundingTests {
    private static let swarm: UInt64 = 0x1000_0000_0000_0000

    @Test("Nodes that have nothing to tell ask each other nothing while a network begins")
    func silence() async throws {
        try await SyncWorld.run { world in
            let names = ["a", "b", "c", "d", "e"]
            try await world.start(names, found: true)
            // Nobody reaches anybody: whoever tries is heard of.
            let nodes = LinkParty.only(try names.map { try world.node($0).host.address })
            world.simulation.network.rules.add(LinkRule("cut", from: nodes, to: nodes, effect: .cut))
            for count in 1...names.count { try await world.block([Self.swarm: Array(names.prefix(count))]) }
            try await world.pass(.seconds(30))
            for kind in [EventKind.transferFailed, .peerUnreachable] { #expect(world.events.all(kind).isEmpty) }
            for name in names { #expect(try world.node(name).standing?.isSettled == true) }
        }
    }

    @Test("Whoever comes later is told what was changed by then, and given what was stored")
    func news() async throws {
        try await SyncWorld.run { world in
            try await world.start(["a", "b", "c"], found: true)
            try await world.block([Self.swarm: ["a", "b"]])
            let account = try SyncWorld.account(3)
            let (a, c) = (try world.node("a"), try world.node("c"))
            let kept = try await world.store(1...3, for: account, at: a)
            let token = Bytes([5, 2, 0, 0]) + Bytes(repeating: 9, count: 32)
            try await world.revoke(token, of: account, at: a)
            let now = world.simulation.clock.wallMilliseconds
            #expect(try await world.expire(kept, at: now + 3_600_000, at: a))
            try await world.block([Self.swarm: ["a", "b", "c"]])
            try await world.settle()
            #expect(try await c.hasRevoked(token, of: account))
            let expiries = try await c.expiries()
            #expect(kept.allSatisfy { expiries[$0] == now + 3_600_000 })
            try await world.expectEqualStores()
        }
    }
}
