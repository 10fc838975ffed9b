import NodeRuntime
import ServiceNode
import SessionProtocol
import Simulation
import Swarms
import Testing
import TimeLimits

/// What clients ask of a member that does not know the messages: it holds for those who come back with them.
@Suite(.workLimit(minutes: 2)) struct UnknownMessageTests {
    private static let low: UInt64 = 0x1000_0000_0000_0000
    private static let high: UInt64 = 0x9000_0000_0000_0000
    private static let token = Bytes([5, 2, 0, 0]) + Bytes(repeating: 9, count: 32)
    private static let day: Int64 = 86_400_000
    /// What ``SyncWorld/store(_:for:at:)`` gives a message.
    private static let ttl: Int64 = 1_000_000_000

    /// Everything that changes what members hold.
    enum Change: CaseIterable {
        case delete, deleteAll, deleteAllOfOneMailbox, deleteBefore
        case expire, extend, shorten, expireAll, expireAllOfOneMailbox
        case revoke, unrevoke

        /// When the messages are to expire, in milliseconds from when it was asked for.
        private var expiry: Int64 {
            switch self {
            case .extend: 20 * day
            case .expire, .shorten, .expireAll, .expireAllOfOneMailbox: day
            default: ttl
            }
        }

        /// What there is before, at members that then go away.
        func prepare(
            _ world: SyncWorld, _ account: AccountID, other: AccountID, at node: SyncNode
        ) async throws {
            // Of every mailbox that the client writes to, and of another account.
            _ = try await world.store(1...15, for: account, at: node)
            _ = try await world.store(20...22, for: other, at: node)
            if self == .unrevoke { try await world.revoke(token, of: account, at: node) }
        }

        func ask(_ world: SyncWorld, _ account: AccountID, at node: SyncNode) async throws {
            let records = (1...15).map { SyncWorld.record($0, of: account) }
            let time = world.simulation.clock.wallMilliseconds + expiry
            switch self {
            case .delete: try await world.delete(records, at: node)
            case .deleteAll: try await world.deleteAll(of: account, at: node)
            case .deleteAllOfOneMailbox: try await world.deleteAll(of: account, in: .one(.inbox), at: node)
            case .deleteBefore: try await world.deleteBefore(of: account, at: node)
            case .expire: try await world.expire(records, at: time, at: node)
            case .extend: try await world.expire(records, at: time, flag: "extend", at: node)
            case .shorten: try await world.expire(records, at: time, flag: "shorten", at: node)
            case .expireAll: try await world.expireAll(of: account, to: time, at: node)
            case .expireAllOfOneMailbox: try await world.expireAll(of: account, in: .one(.inbox), to: time, at: node)
            case .revoke: try await world.revoke(token, of: account, at: node)
            case .unrevoke: try await world.revoke(token, of: account, lifting: true, at: node)
            }
        }

        /// - Parameter asked: when it was asked for, in milliseconds since 1970.
        func check(_ world: SyncWorld, _ account: AccountID, other: AccountID, asked: Int64) async throws {
            let all = Set((1...15).map { SyncWorld.record($0, of: account) })
            let others = Set((20...22).map { SyncWorld.record($0, of: other) })
            let inbox = all.filter { $0.namespace == .inbox }
            #expect(inbox.count == 3)
            let kept: Set<Record> =
                switch self {
                case .delete, .deleteAll, .deleteBefore: []
                case .deleteAllOfOneMailbox: all.subtracting(inbox)
                default: all
                }
            let changed: Set<Record> =
                switch self {
                case .expire, .extend, .shorten, .expireAll: all
                case .expireAllOfOneMailbox: inbox
                default: []
                }
            for node in world.nodes where node.isRunning {
                #expect(try await node.records() == kept.union(others), "\(node.name)")
                for (record, expiry) in try await node.expiries() where changed.contains(record) {
                    #expect(expiry == asked + self.expiry, "\(record.hash) at \(node.name)")
                }
                for (record, expiry) in try await node.expiries() where !changed.contains(record) {
                    #expect(expiry < asked + ttl, "\(record.hash) at \(node.name)")
                }
                let isRevoked = try await node.hasRevoked(token, of: account)
                #expect(isRevoked == (self == .revoke), "\(node.name)")
            }
            try await world.expectEqualStores()
        }
    }

    /// Every running member in turn is killed and comes back, and all compare with all.
    private func restartInTurn(_ world: SyncWorld) async throws {
        for node in world.nodes where node.isRunning {
            await node.kill()
            try await node.start()
            try await world.settle()
        }
    }

    /// How those who have the messages are away, and what becomes of them.
    enum Return: CaseIterable {
        /// Killed and started again.
        case restarted
        /// Out of reach and back.
        case reachable
        /// Killed, off the table for a while, and members again.
        case recommissioned
        /// Killed, and off the table when they come back: they hand over.
        case handingOver
    }

    @Test(
        "What one member is asked that lacks the messages holds for those who come back with them",
        arguments: Change.allCases, Return.allCases)
    func comingBack(change: Change, way: Return) async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let (account, other) = (try SyncWorld.account(3), try SyncWorld.account(4))
            let (a, b, c) = (try world.node("a"), try world.node("b"), try world.node("c"))
            await b.kill()
            try await change.prepare(world, account, other: other, at: a)
            if way == .reachable {
                try world.cut("b", from: ["a", "c"])
            } else {
                await a.kill()
                await c.kill()
            }
            if way == .recommissioned || way == .handingOver { try await world.block(decommissioned: ["a", "c"]) }
            try await b.start()
            try await world.pass(.seconds(2))
            #expect(try await b.records().isEmpty)
            let asked = world.simulation.clock.wallMilliseconds
            try await change.ask(world, account, at: b)
            try await world.pass(.seconds(20))
            switch way {
            case .restarted: break
            case .reachable: world.heal()
            case .recommissioned: try await world.block([Self.low: ["a", "c"]])
            case .handingOver: break
            }
            if way != .reachable {
                try await a.start()
                try await c.start()
            }
            try await world.settle()
            if way == .handingOver {
                try await world.block([Self.low: ["a", "c"]])
                try await world.settle()
            }
            try await change.check(world, account, other: other, asked: asked)
            try await restartInTurn(world)
            try await change.check(world, account, other: other, asked: asked)
        }
    }

    @Test(
        "What is asked while the messages are on their way from another swarm holds for them when they come",
        arguments: Change.allCases)
    func handedOver(change: Change) async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b"], Self.high: ["x", "y"]])
            let near = try (0..<40).map(SyncWorld.account).filter { world.ring.swarm(for: $0) == SwarmID(Self.low) }
            let (account, other) = (try #require(near.first), try #require(near.dropFirst().first))
            let (old, new) = (["a", "b"], try world.node("x"))
            try await change.prepare(world, account, other: other, at: try world.node("a"))
            for name in old { await (try world.node(name)).kill() }
            // Everybody who answers for the account does the same: nobody was missed.
            try await world.block(decommissioned: old)
            try await world.settle()
            let asked = world.simulation.clock.wallMilliseconds
            try await change.ask(world, account, at: new)
            try await world.pass(.seconds(5))
            for name in old { try await (try world.node(name)).start() }
            try await world.settle()
            try await world.block([Self.high: old])
            try await world.settle()
            try await change.check(world, account, other: other, asked: asked)
        }
    }

    @Test(
        "What was asked of a member that lacks the messages goes with it to the swarm that answers for them next",
        arguments: Change.allCases)
    func taken(change: Change) async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b", "c"]])
            let (account, other) = (try SyncWorld.account(3), try SyncWorld.account(4))
            let (a, b, c) = (try world.node("a"), try world.node("b"), try world.node("c"))
            await b.kill()
            try await change.prepare(world, account, other: other, at: a)
            await a.kill()
            await c.kill()
            try await b.start()
            try await world.pass(.seconds(2))
            let asked = world.simulation.clock.wallMilliseconds
            try await change.ask(world, account, at: b)
            // Others answer for everything, and b hands over what it knows and leaves for good.
            try await world.start(["x", "y"])
            try await world.block([Self.high: ["x", "y"]], decommissioned: ["a", "b", "c"])
            try await world.settle()
            await b.kill()
            try await world.block(gone: ["b"])
            try await a.start()
            try await c.start()
            try await world.settle()
            try await world.block([Self.high: ["a", "c"]])
            try await world.settle()
            try await change.check(world, account, other: other, asked: asked)
        }
    }

    @Test("What is stored after it was deleted through a member that lacked it stays, whoever comes back")
    func storedAgain() async throws {
        for isWhole in [false, true] {
            try await SyncWorld.run { world in
                try await world.begin([Self.low: ["a", "b", "c"]])
                let account = try SyncWorld.account(3)
                let (a, b, c) = (try world.node("a"), try world.node("b"), try world.node("c"))
                await b.kill()
                let records = try await world.store(1...4, for: account, at: a)
                await a.kill()
                await c.kill()
                try await b.start()
                try await world.pass(.seconds(2))
                if isWhole {
                    try await world.deleteAll(of: account, at: b)
                } else {
                    try await world.delete(records, at: b)
                }
                try await world.pass(.milliseconds(5))
                _ = try await world.store(2...2, for: account, at: b)
                try await a.start()
                try await c.start()
                try await world.settle()
                for node in [a, b, c] { #expect(try await node.records() == [records[1]], "\(node.name)") }
                try await restartInTurn(world)
                try await world.expectEqualStores()
            }
        }
    }

    @Test("A message that was deleted where its expiry was not known to be later stays away for as long as that lasts")
    func extendedElsewhere() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.low: ["a", "b"]])
            let account = try SyncWorld.account(3)
            let (a, b) = (try world.node("a"), try world.node("b"))
            let now = world.simulation.clock.wallMilliseconds
            let records = try await world.store(1...2, for: account, at: a)
            #expect(try await world.expire(records, at: now + 30_000, at: a))
            await b.kill()
            #expect(try await world.expire(records, at: now + 900_000_000, at: a))
            await a.kill()
            try await b.start()
            try await world.pass(.seconds(2))
            #expect(try await world.delete(records, at: b))
            // The copy that was deleted would have expired by now.
            try await world.pass(.seconds(60))
            try await a.start()
            try await world.settle()
            try await world.expectEqualStores()
            for node in [a, b] { #expect(try await node.records().isEmpty, "\(node.name)") }
        }
    }
}
