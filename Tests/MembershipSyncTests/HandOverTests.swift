import NodeRuntime
import ServiceNode
import SessionProtocol
import Simulation
import Swarms
import Testing
import TimeLimits

/// Handing over to a swarm one of whose members does not answer. All times are virtual.
@Suite(.workLimit(minutes: 2)) struct HandOverTests {
    private static let (low, high): (UInt64, UInt64) = (0x1000_0000_0000_0000, 0x9000_0000_0000_0000)
    /// Half of them are too much for one parcel.
    private static let messages = 360

    /// How a member is gone.
    enum Loss: CaseIterable {
        case killed, held

        func strike(_ node: SyncNode) async {
            switch self {
            case .killed: await node.kill()
            case .held: node.hold()
            }
        }

        func end(_ node: SyncNode) async throws {
            switch self {
            case .killed: try await node.start()
            case .held: node.release()
            }
        }
    }

    /// A node whose records all map to three others from now on, of which one is gone.
    private func dissolving(
        _ loss: Loss, _ body: @escaping @Sendable (SyncWorld, _ moved: Set<Record>) async throws -> Void
    ) async throws {
        try await SyncWorld.run { world in
            let messages = try SyncWorld.largeMessages(Self.messages)
            try await world.begin([Self.low: ["a"], Self.high: ["x", "y", "z"]], holding: messages)
            let moved = try await world.node("a").records()
            await loss.strike(try world.node("z"))
            try await world.block(gone: ["a"])
            try await body(world, moved)
        }
    }

    @Test(
        "The others get everything at once, and a member that is gone costs its patience once, however much there is",
        arguments: Loss.allCases)
    func gone(loss: Loss) async throws {
        try await dissolving(loss) { world, moved in
            try await world.pass(.seconds(40))
            for name in ["x", "y"] {
                #expect(try await world.node(name).records().isSuperset(of: moved), "\(name)")
            }
            #expect(moved.count * 60_000 > 9_000_000, "two parcels at least")
            #expect(try world.node("a").standing?.isSettled == false)
            // The next attempts after its patience.
            try await world.pass(.seconds(120))
            #expect(try world.node("a").standing?.isSettled == true)
            #expect(try await world.node("a").records().isEmpty)
            try await loss.end(try world.node("z"))
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A member that slept and wakes in time catches up with the others")
    func back() async throws {
        try await dissolving(.held) { world, moved in
            try await world.pass(.seconds(20))
            #expect(try await world.node("z").records().isDisjoint(with: moved))
            try await Loss.held.end(try world.node("z"))
            try await world.pass(.seconds(45))
            #expect(try world.node("a").standing?.isSettled == true)
            #expect(try await world.node("z").records().isSuperset(of: moved))
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A peer that has been gone for long is waited for no more when a node leaves")
    func knownToBeGone() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c", "d"]])
            await (try world.node("c")).kill()
            try await world.store(20)
            try await world.pass(.seconds(200))
            try await world.block(gone: ["a"])
            try await world.pass(.seconds(5))
            #expect(try world.node("a").standing?.isSettled == true)
            #expect(try await world.node("a").records().isEmpty)
            try await (try world.node("c")).start()
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("Steps are counted while there is something to hand over, and while somebody is waited for, and then no more")
    func steps() async throws {
        try await dissolving(.killed) { world, _ in
            var last = -1
            for _ in 0..<3 {
                try await world.pass(.seconds(31))
                let steps = try #require(try world.node("a").standing?.transferSteps)
                #expect(steps > last)
                last = steps
            }
            try await world.pass(.seconds(31))
            #expect(try world.node("a").standing?.isSettled == true)
            last = try #require(try world.node("a").standing?.transferSteps)
            try await world.pass(.seconds(300))
            #expect(try world.node("a").standing?.transferSteps == last)
        }
    }
}
