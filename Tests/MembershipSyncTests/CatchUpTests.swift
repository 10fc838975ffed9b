import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Simulation
import Testing
import TimeLimits

/// How a node gets what it missed, and how transfers outlast the nodes that make them.
@Suite(.workLimit(minutes: 2)) struct CatchUpTests {
    private static let low: UInt64 = 0x1000_0000_0000_0000
    private static let high: UInt64 = 0x9000_0000_0000_0000

    @Test("A node that slept during stores is pushed what it missed when it answers again")
    func push() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            try await world.store(10)
            try world.cut("c", from: ["a", "b"])
            for number in 1_000..<1_020 {
                try await world.store(number, for: try SyncWorld.account(number), at: try world.node("a"))
            }
            #expect(try await world.node("c").records().count == 10)
            #expect(try world.node("a").standing?.isSettled == false)
            world.heal()
            try await world.settle(within: .seconds(40))
            try await world.expectRecordsInPlace()
            #expect(world.events.messages(.recordsPushed, from: "a") == 20)
            #expect(world.events.all(.recordsPulled).isEmpty)
        }
    }

    @Test("A node that was down fetches what it missed, though everybody who knew of it was restarted too")
    func pull() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            try await world.store(10)
            await (try world.node("c")).kill()
            for number in 1_000..<2_100 {
                try await world.store(
                    number, for: try SyncWorld.account(number % 40), at: try world.node("a"), bytes: 0)
            }
            for name in ["a", "b"] {
                await (try world.node(name)).kill()
                try await (try world.node(name)).start()
            }
            try await (try world.node("c")).start()
            try await world.settle()
            try await world.expectRecordsInPlace()
            #expect(world.events.messages(.recordsPulled, from: "c") + world.events.messages(.recordsPushed) >= 1_100)
        }
    }

    @Test("Nodes that each missed something while cut off from one another even it out after a restart of one")
    func bothWays() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b"]])
            try world.cut("a", from: ["b"])
            for number in 0..<20 {
                let entry = try world.node(number % 2 == 0 ? "a" : "b")
                try await world.store(number, for: try SyncWorld.account(number), at: entry)
            }
            // Both forget what they owe each other.
            for name in ["a", "b"] { await (try world.node(name)).kill() }
            world.heal()
            try await (try world.node("a")).start()
            try await world.pass(.seconds(100))
            try await (try world.node("b")).start()
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A node that was held for long asks for what it missed, though nobody pushes any more")
    func held() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let sleeper = try world.node("c")
            sleeper.hold()
            try await world.pass(.seconds(20))
            try world.cut("c", from: ["a", "b"])
            for number in 0..<5 {
                try await world.store(number, for: try SyncWorld.account(number), at: try world.node("a"))
            }
            for name in ["a", "b"] { await (try world.node(name)).kill() }
            world.heal()
            for name in ["a", "b"] { try await (try world.node(name)).start() }
            try await world.pass(.seconds(60))
            sleeper.release()
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A push outlasts the death of whoever makes it, or of whom it is for", arguments: ["a", "d"])
    func interruptedPush(victim: String) async throws {
        try await SyncWorld.run { world in
            // Three batches.
            try await world.begin([Self.low: ["a"]], holding: SyncWorld.largeMessages(320))
            try await world.start(["d"])
            world.ledger.list("d", as: .member(SwarmID(Self.low)))
            world.ledger.block()
            while world.events.all(.recordsPushed).isEmpty { try await world.pass(.microseconds(20)) }
            #expect(world.events.messages(.recordsPushed) < 320)
            await (try world.node(victim)).kill()
            try await world.pass(.seconds(45))
            try await (try world.node(victim)).start()
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A hand-over outlasts the death of the leaver, or of one who takes it", arguments: ["a", "x", "y"])
    func interruptedHandOver(victim: String) async throws {
        try await SyncWorld.run { world in
            // Three batches, and all of them are the leaver's alone.
            try await world.begin([Self.low: ["a"]], holding: SyncWorld.largeMessages(320))
            try await world.start(["x", "y"])
            for name in ["x", "y"] { world.ledger.list(name, as: .member(SwarmID(Self.high))) }
            world.ledger.list("a", as: .decommissioned)
            world.ledger.block()
            while world.events.all(.recordsErased).isEmpty { try await world.pass(.microseconds(20)) }
            #expect(world.events.messages(.recordsErased) < 320)
            await (try world.node(victim)).kill()
            try await world.pass(.seconds(45))
            try await (try world.node(victim)).start()
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A leaver waits for a member that is down, but not for ever: it fetches from the others when it is back")
    func absentMember() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a"], Self.high: ["x", "y", "z"]])
            try await world.store(60)
            await (try world.node("z")).kill()
            try await world.block(gone: ["a"])
            try await world.pass(.seconds(60))
            #expect(world.events.all(.recordsErased).isEmpty)
            try await world.pass(.seconds(60))
            #expect(try await world.node("a").records().isEmpty)
            try await (try world.node("z")).start()
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A member that the leaver cannot reach gets the records from the others, who never heard of its trouble")
    func unreachableForLeaver() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a"], Self.high: ["x", "y", "z"]])
            try await world.store(60)
            try world.cut("z", from: ["a"])
            try await world.block(gone: ["a"])
            try await world.pass(.seconds(200))
            #expect(try await world.node("a").records().isEmpty)
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("What a member owed when it died for good comes from those that have it, once it is off the table")
    func deadDebtor() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c", "d"]])
            try world.cut("c", from: ["a"])
            for number in 0..<10 {
                try await world.store(number, for: try SyncWorld.account(number), at: try world.node("a"))
            }
            // Nobody else knows that one of them missed something.
            await (try world.node("a")).kill()
            world.heal()
            try await world.block(decommissioned: ["a"])
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("Members that started when a whole swarm had left get its records from the one that still knew it")
    func startedTooLate() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"], Self.high: ["x", "y", "z"]])
            try await world.store(60)
            for name in ["x", "y"] { await (try world.node(name)).kill() }
            try await world.block(gone: ["a", "b", "c"])
            try await world.pass(.seconds(5))
            for name in ["x", "y"] { try await (try world.node(name)).start() }
            try await world.settle()
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A node at rest asks its peers nothing")
    func rest() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"], Self.high: ["x", "y", "z"]])
            try await world.store(20)
            try await world.settle()
            let before = world.simulation.network.totals
            try await world.pass(.seconds(20))
            let after = world.simulation.network.totals
            // One round of pings to the ledger at most: subscription, ping, and their answers.
            #expect(after.messages - before.messages <= 6 * 4)
        }
    }
}
