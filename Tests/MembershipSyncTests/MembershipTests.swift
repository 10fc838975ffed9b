import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Simulation
import Swarms
import Testing
import TimeLimits

/// What becomes of records when swarms change (storage-node §8.2).
@Suite(.workLimit(minutes: 2)) struct MembershipTests {
    private static let low: UInt64 = 0x1000_0000_0000_0000
    private static let high: UInt64 = 0x9000_0000_0000_0000
    private static let middle: UInt64 = 0x5000_0000_0000_0000

    @Test("A newcomer gets every record of its swarm with its namespace, and the others keep theirs")
    func newcomer() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"], Self.high: ["x", "y", "z"]])
            try await world.store(60)
            try await world.start(["d"])
            try await world.block([Self.low: ["d"]])
            try await world.settle()
            try await world.expectRecordsInPlace()
            let kept = try await world.node("d").records()
            #expect(kept.count > 10)
            #expect(Set(kept.map(\.namespace.rawValue)) == Set(SyncWorld.namespaces))
            // All three push, so there is nothing left to fetch.
            #expect(Set(world.events.all(.recordsPushed).map(\.source)) == ["a", "b", "c"])
            #expect(world.events.all(.recordsErased).isEmpty)
        }
    }

    @Test("Nodes of this kind know each other, whatever version they announce, and hand each other every mailbox")
    func ownKind() async throws {
        try await SyncWorld.run { world in
            let messages = try SyncWorld.messages(12, in: [0, 10, 2, 5, -1, -11, 12, 1_234])
            try await world.begin([Self.low: ["a", "b", "c"], Self.high: ["x", "y", "z"]], holding: messages)
            try await world.start(["d"])
            try await world.block([Self.low: ["d"]])
            try await world.settle()
            try await world.expectRecordsInPlace()
            try await world.block([Self.middle: ["a", "x"]])
            try await world.settle()
            try await world.expectRecordsInPlace()
            #expect(world.events.all(.recordsWithheld).isEmpty)
        }
    }

    @Test("A node that leaves hands over what only it has and then erases everything", arguments: [true, false])
    func leaver(isDecommissioned: Bool) async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"], Self.high: ["x", "y", "z"]])
            try await world.store(40)
            // The others do not see what is stored now.
            try world.cut("a", from: ["b", "c"])
            for number in 1_000..<1_010 {
                let account = try SyncWorld.account(number)
                guard world.ring.swarm(for: account) == SwarmID(Self.low) else { continue }
                try await world.store(number, for: account, at: try world.node("a"))
            }
            world.heal()
            let leaver = ["a"]
            try await world.block(
                decommissioned: isDecommissioned ? leaver : [], gone: isDecommissioned ? [] : leaver)
            try await world.settle()
            try await world.expectRecordsInPlace()
            #expect(try await world.node("a").records().isEmpty)
            #expect(world.events.messages(.recordsErased, from: "a") > 10)
        }
    }

    @Test("A node that comes back after a decommission has everything again")
    func recommissioned() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            try await world.store(20)
            try await world.block(decommissioned: ["a"])
            try await world.settle()
            try await world.store(20)
            try await world.block([Self.low: ["a"]])
            try await world.settle()
            try await world.expectRecordsInPlace()
            #expect(try await world.node("a").records().count == 40)
        }
    }

    @Test("All records of a dissolving swarm survive, wherever its members go")
    func dissolving() async throws {
        try await SyncWorld.run { world in
            try await world.begin([
                Self.low: ["a", "b"], Self.middle: ["m", "n", "o"], Self.high: ["x", "y"],
            ])
            try await world.store(80)
            try await world.block([Self.low: ["m"], Self.high: ["n"]], gone: ["o"])
            try await world.settle()
            try await world.expectRecordsInPlace()
            #expect(world.acknowledged.count == 80)
        }
    }

    @Test("A stolen node takes over the records of its new swarm and leaves those of the old one behind")
    func stolen() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"], Self.high: ["x", "y", "z"]])
            try await world.store(60)
            try await world.block([Self.high: ["a"]])
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A new swarm gets what now maps to it, and those who answered for it before erase it")
    func splitOff() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c", "d"], Self.high: ["x", "y", "z", "w"]])
            try await world.store(80)
            try await world.block([Self.middle: ["a", "x"]])
            try await world.settle()
            try await world.expectRecordsInPlace()
            #expect(world.events.messages(.recordsErased, from: "b") > 0)
        }
    }

    @Test("What is stored in every moment of a change is where it belongs afterwards")
    func storesDuringChange() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"], Self.middle: ["m", "n", "o"]])
            try await world.store(20)
            for (swarm, names) in [(Self.high, ["a", "m"]), (Self.low, ["m"]), (Self.middle, ["a"])] {
                for name in names { world.ledger.list(name, as: .member(SwarmID(swarm))) }
                let storing = world.simulation.spawn { try await world.store(30) }
                world.ledger.block()
                try await storing.value
            }
            try await world.settle()
            try await world.expectRecordsInPlace()
            #expect(world.acknowledged.count > 60)
        }
    }

    @Test(
        "Nodes that see the chain late lose nothing, refuse what is not theirs yet, and end up right", arguments: 1...2)
    func lagging(lag: Int) async throws {
        try await SyncWorld.run { world in
            try await world.begin([
                Self.low: ["a", "b", "c"], Self.middle: ["m", "n"], Self.high: ["x", "y", "z"],
            ])
            for name in ["b", "y"] { world.ledger.setLag(lag, for: try world.node(name).keys.x25519.publicKey) }
            try await world.store(30)
            try await world.block([Self.low: ["m"], Self.high: ["n"]])
            try await world.store(30)
            try await world.pass(.seconds(20))
            #expect(try world.node("m").standing?.isSettled == false, "the late nodes do not take what it brings")
            try await world.block([Self.middle: ["a", "x"]])
            try await world.store(30)
            try await world.block([Self.low: ["x"], Self.high: ["a"]])
            for _ in 0..<lag { try await world.block() }
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A node that the network has forgotten keeps its records, and hands them over when it is taken back")
    func forgotten() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b"], Self.high: ["x", "y"]])
            try await world.store(30)
            let loner = try world.node("a")
            for name in ["b", "x", "y"] { await (try world.node(name)).kill() }
            try await world.store(10)
            // Nobody is there to take them, and whoever starts now has never heard of the node.
            try await world.block(gone: ["a"])
            for name in ["b", "x", "y"] { try await (try world.node(name)).start() }
            try await world.pass(.seconds(900))
            #expect(loner.standing?.isSettled == false)
            #expect(try await loner.records().count > 10)
            #expect(world.events.all(.recordsErased).isEmpty)
            try await world.block([Self.low: ["a"]])
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }
}
