import Faults
import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Simulation
import Storage
import Swarms
import Testing
import TimeLimits

/// What clients change while a member cannot be reached: it ends up with it, whoever has forgotten what meanwhile.
@Suite(.workLimit(minutes: 2)) struct MissedChangeTests {
    private static let low: UInt64 = 0x1000_0000_0000_0000
    private static let high: UInt64 = 0x9000_0000_0000_0000
    private static let token = Bytes([5, 2, 0, 0]) + Bytes(repeating: 9, count: 32)
    private static let lifted = Bytes([5, 2, 0, 0]) + Bytes(repeating: 8, count: 32)

    /// How a member is away, and who forgets that it was.
    enum Absence: CaseIterable {
        case killed
        case killedAndEntryRestarted
        case cutOff
        case cutOffAndEntryRestarted
        case held

        func begin(_ world: SyncWorld) async throws {
            let node = try world.node("c")
            switch self {
            case .killed, .killedAndEntryRestarted: await node.kill()
            case .cutOff, .cutOffAndEntryRestarted: try world.cut("c", from: ["a", "b"])
            case .held: node.hold()
            }
        }

        func end(_ world: SyncWorld) async throws {
            if [.killedAndEntryRestarted, .cutOffAndEntryRestarted].contains(self) {
                for name in ["a", "b"] {
                    await (try world.node(name)).kill()
                    try await (try world.node(name)).start()
                }
                try await world.pass(.seconds(3))
            }
            switch self {
            case .killed, .killedAndEntryRestarted: try await (try world.node("c")).start()
            case .cutOff, .cutOffAndEntryRestarted: world.heal()
            case .held: try world.node("c").release()
            }
        }
    }

    @Test(
        "A member that was away during stores, deletions, changes of expiries and revocations ends up like the others",
        arguments: Absence.allCases)
    func away(absence: Absence) async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let account = try SyncWorld.account(3)
            let (a, b, c) = (try world.node("a"), try world.node("b"), try world.node("c"))
            let before = try await world.store(1...20, for: account, at: a)
            try await world.revoke(Self.lifted, of: account, at: b)
            let now = world.simulation.clock.wallMilliseconds
            try await absence.begin(world)
            let during = try await world.store(101...110, for: account, at: b)
            #expect(try await world.delete(Array(before[0..<5]), at: a))
            #expect(try await world.delete([before[5], during[0]], at: b))
            #expect(try await world.expire(Array(before[6..<10]), at: now + 3_600_000, at: a))
            #expect(try await world.expire([before[6], during[1]], at: now + 7_200_000, at: b))
            try await world.revoke(Self.token, of: account, at: a)
            try await world.revoke(Self.lifted, of: account, lifting: true, at: a)
            try await world.pass(.seconds(8))
            try await absence.end(world)
            try await world.pass(.seconds(5))
            try await world.expectEqualStores()
            try await world.settle()
            for node in [a, b, c] {
                let expiries = try await node.expiries()
                #expect(expiries[before[6]] == now + 7_200_000, "\(node.name)")
                #expect(expiries[before[7]] == now + 3_600_000, "\(node.name)")
                #expect(expiries[during[1]] == now + 7_200_000, "\(node.name)")
                #expect(try await node.hasRevoked(Self.token, of: account), "\(node.name)")
                #expect(try await !node.hasRevoked(Self.lifted, of: account), "\(node.name)")
            }
            // Everybody compares with everybody, and nothing comes back.
            for node in [c, a, b] {
                await node.kill()
                try await node.start()
                try await world.settle()
            }
            try await world.expectEqualStores()
        }
    }

    @Test("A message that expired by a change its absent member missed does not come back with it")
    func lapsed() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let account = try SyncWorld.account(3)
            let records = try await world.store(1...6, for: account, at: try world.node("a"))
            await (try world.node("c")).kill()
            let now = world.simulation.clock.wallMilliseconds
            #expect(try await world.expire(Array(records[..<4]), at: now + 5_000, at: try world.node("b")))
            try await world.pass(.seconds(30))
            #expect(try await world.node("a").records().count == 2)
            try await (try world.node("c")).start()
            try await world.pass(.seconds(12))
            world.forget(records[..<4])
            try await world.settle()
            try await world.expectEqualStores()
        }
    }

    @Test("A message stored again after its deletion is there for good, also for a member that missed that")
    func storedAgain() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let account = try SyncWorld.account(3)
            let records = try await world.store(1...4, for: account, at: try world.node("a"))
            #expect(try await world.delete(records, at: try world.node("b")))
            try await world.pass(.seconds(1))
            _ = try await world.store(1...1, for: account, at: try world.node("a"))
            await (try world.node("c")).kill()
            _ = try await world.store(2...2, for: account, at: try world.node("a"))
            try await (try world.node("c")).start()
            try await world.settle()
            try await world.expectEqualStores()
        }
    }

    @Test("A member that missed a deletion and is then asked to store the message again does not lose it to that")
    func storedAgainUnaware() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let account = try SyncWorld.account(3)
            let records = try await world.store(1...2, for: account, at: try world.node("a"))
            try world.cut("c", from: ["a", "b"])
            #expect(try await world.delete(records, at: try world.node("b")))
            try await world.pass(.seconds(2))
            // Only clients reach it, so it has not heard of that.
            #expect(try await world.node("c").records().count == 2)
            _ = try await world.store(1...1, for: account, at: try world.node("c"))
            world.heal()
            try await world.settle()
            try await world.expectEqualStores()
            #expect(try await world.node("b").records().count == 1)
        }
    }

    @Test("A copy of a store that comes after the deletion of the message does not bring it back")
    func lateCopy() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let account = try SyncWorld.account(3)
            _ = try await world.store(50...50, for: account, at: try world.node("a"))
            // Copies from a come to c far too late.
            world.simulation.network.rules.add(
                LinkRule(
                    "slow", from: .only(try world.node("a").host.address), to: .only(try world.node("c").host.address),
                    effect: .delay(.fixed(.seconds(9)))))
            let records = try await world.store(1...3, for: account, at: try world.node("a"))
            #expect(try await world.delete(records, at: try world.node("b")))
            try await world.pass(.seconds(20))
            world.heal()
            try await world.settle()
            try await world.expectEqualStores()
            for name in ["c", "a"] {
                await (try world.node(name)).kill()
                try await (try world.node(name)).start()
                try await world.settle()
            }
            try await world.expectEqualStores()
        }
    }

    @Test("A copy of a deletion that comes after the message was stored again takes it away nowhere", arguments: 0..<3)
    func lateDeletion(kind: Int) async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let account = try SyncWorld.account(3)
            let records = try await world.store(1...2, for: account, at: try world.node("a"))
            // What a tells c comes far too late.
            world.simulation.network.rules.add(
                LinkRule(
                    "slow", from: .only(try world.node("a").host.address), to: .only(try world.node("c").host.address),
                    effect: .delay(.fixed(.seconds(9)))))
            switch kind {
            case 0: try await world.delete(records, at: try world.node("a"))
            case 1: try await world.deleteAll(of: account, at: try world.node("a"))
            default: try await world.deleteBefore(of: account, at: try world.node("a"))
            }
            #expect(try await world.node("b").records().isEmpty)
            #expect(try await world.node("c").records().count == 2)
            _ = try await world.store(1...1, for: account, at: try world.node("b"))
            try await world.pass(.seconds(9))
            #expect(try await world.node("c").records().contains(records[0]))
            world.heal()
            try await world.settle()
            try await world.expectEqualStores()
            #expect(try await world.node("a").records() == [records[0]])
        }
    }

    @Test("A message that the entry node could not write, and that came late to the others, comes to it from them")
    func unacknowledged() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b"]])
            let account = try SyncWorld.account(3)
            world.simulation.network.rules.add(
                LinkRule("slow", from: .only(try world.node("a").host.address), effect: .delay(.fixed(.seconds(7)))))
            try world.node("a").disk.failNextWrites(1)
            #expect(try await !world.store(1, for: account, at: try world.node("a")))
            try await world.pass(.seconds(9))
            #expect(try await world.node("b").records().count == 1)
            world.heal()
            try await world.settle()
            try await world.expectEqualStores()
            #expect(try await world.node("a").records().count == 1)
        }
    }

    @Test("A member that was held and resumes runs the copies it finds as of when they were accepted")
    func resumed() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let account = try SyncWorld.account(3)
            let records = try await world.store(1...4, for: account, at: try world.node("a"))
            try world.node("c").hold()
            try await world.delete(Array(records[..<2]), at: try world.node("a"))
            let time = world.simulation.clock.wallMilliseconds
            try await world.expire([records[3]], at: time + 700_000_000, at: try world.node("a"))
            _ = try await world.store(1...1, for: account, at: try world.node("b"))
            try await world.expire([records[3]], at: time + 800_000_000, at: try world.node("b"))
            try await world.revoke(Self.token, of: account, at: try world.node("a"))
            try await world.revoke(Self.token, of: account, lifting: true, at: try world.node("b"))
            try world.node("c").release()
            try await world.settle()
            try await world.expectEqualStores()
            for name in ["a", "b", "c"] {
                #expect(try await world.node(name).records() == Set(records).subtracting([records[1]]), "\(name)")
                #expect(try await world.node(name).expiries()[records[3]] == time + 800_000_000, "\(name)")
                #expect(try await !world.node(name).hasRevoked(Self.token, of: account), "\(name)")
            }
        }
    }

    @Test("What was deleted and revoked goes with the records to the swarm that answers for them next")
    func handedOver() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"], Self.high: ["x", "y"]])
            let account = try #require(
                try (0..<40).lazy.map(SyncWorld.account).first { world.ring.swarm(for: $0) == SwarmID(Self.low) })
            let records = try await world.store(1...9, for: account, at: try world.node("a"))
            await (try world.node("c")).kill()
            #expect(try await world.delete(Array(records[..<3]), at: try world.node("a")))
            try await world.revoke(Self.token, of: account, at: try world.node("b"))
            // The swarm dissolves while one of its members is down, and that one knows nothing of this.
            try await world.block([Self.high: ["a", "b"]], decommissioned: ["c"])
            try await world.settle()
            try await (try world.node("c")).start()
            try await world.settle()
            try await world.expectEqualStores()
            for name in ["a", "b", "x", "y"] {
                #expect(try await world.node(name).hasRevoked(Self.token, of: account), "\(name)")
            }
        }
    }

    @Test("What was revoked is handed over, though the first parcel is lost on its way")
    func lostParcel() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a"], Self.high: ["x"]])
            let account = try #require(
                try (0..<40).lazy.map(SyncWorld.account).first { world.ring.swarm(for: $0) == SwarmID(Self.low) })
            try await world.revoke(Self.token, of: account, at: try world.node("a"))
            world.simulation.network.rules.add(LinkRule("loss", namePrefix: "sn.data_amend", effect: .cut))
            try await world.block(gone: ["a"])
            try await world.pass(.seconds(2))
            world.heal()
            try await world.settle()
            #expect(try await world.node("x").hasRevoked(Self.token, of: account))
        }
    }
}
