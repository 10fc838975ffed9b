import Faults
import Foundation
import NodeRuntime
import ServiceNode
import SessionProtocol
import Simulation
import Swarms
import Testing
import TimeLimits

/// Any history of memberships, deaths, pauses and late tables, with stores in every block, and changes of what was stored,
/// asked of any member whether it knows the messages or not, of which many copies come late.
@Suite(.workLimit(minutes: 2)) struct RandomHistoryTests {
    private struct Draws: RandomNumberGenerator {
        var generator: SplitMix64

        mutating func next() -> UInt64 { generator.next() }
        mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
    }

    private static let swarms: [UInt64] = (0..<5).map { 0x0800_0000_0000_0000 + $0 * 0x3333_0000_0000_0000 }

    /// How many are tried; more are a soak of their own (`make histories`).
    private static let count = ProcessInfo.processInfo.environment["HISTORIES"].flatMap { UInt64($0) } ?? 30

    /// Far worse than any machine.
    private static let mischief = Mischief(chances: [
        .slowDisk: Chance(partsPerMillion: 20_000), .slowPeer: Chance(partsPerMillion: 20_000),
        .earlyTimer: Chance(partsPerMillion: 10_000), .reorderedWakeUp: Chance(partsPerMillion: 50_000),
        .failedWrite: Chance(partsPerMillion: 10_000), .tornWrite: Chance(partsPerMillion: 10_000),
    ])

    @Test(
        "No history loses or misplaces a message, brings back a deleted one, or leaves members with different expiries",
        arguments: 1...count)
    func histories(seed: UInt64) async throws {
        try await SyncWorld.run(seed: seed, mischief: Self.mischief) { world in
            var chance = Draws(generator: SplitMix64(state: seed))
            let names = (0..<12).map { "n\($0)" }
            try await world.start(names)
            for (index, name) in names.enumerated() where index < 8 {
                world.ledger.list(name, as: .member(SwarmID(Self.swarms[index % 3])))
            }
            try await world.block()
            try await world.settle()
            for _ in 0..<14 {
                try await Self.turn(world, names, &chance)
                try await world.store(chance.below(12))
                for _ in 0..<chance.below(6) { try await Self.change(world, &chance) }
                try await world.pass(.milliseconds([0, 20, 300, 2_000, 20_000][chance.below(5)]))
            }
            for node in world.nodes {
                world.ledger.setLag(0, for: node.peer.publicKey)
                node.release()
                if !node.isRunning { try await node.start() }
            }
            world.heal()
            // Whoever left so long ago that nobody knows it keeps what it could not hand over in time. So it is known.
            for (name, listing) in world.ledger.listings where listing == .absent {
                world.ledger.list(name, as: .decommissioned)
            }
            try await world.block()
            // Until what has expired is swept everywhere.
            try await world.pass(.seconds(120))
            try await world.settle(within: .seconds(3_600))
            try await world.expectEqualStores()
            try await Self.expectEqualRevocations(world)
            #expect(world.acknowledged.count > 20)
        }
    }

    /// Those that an account may revoke.
    private static let tokens = (0..<2).map { Bytes([5, 2, 0, 0]) + Bytes(repeating: $0, count: 32) }
    /// Accounts of this and lower numbers revoke.
    private static let lastRevoking = 3

    /// Somebody deletes a message or a mailbox, stores one again that may be gone, sets when one expires or all do, or
    /// revokes a token.
    private static func change(_ world: SyncWorld, _ chance: inout Draws) async throws {
        let number = 1 + chance.below(max(1, world.stores))
        let account = try SyncWorld.account(chance.below(6) == 0 ? chance.below(lastRevoking + 1) : number % 40)
        guard let swarm = world.ring.swarm(for: account) else { return }
        let members = world.members(of: swarm).filter { $0.isRunning && !$0.isHeld }
        guard !members.isEmpty else { return }
        let member = members[chance.below(members.count)]
        guard account == (try SyncWorld.account(number % 40)) else {
            let token = tokens[chance.below(tokens.count)]
            return try await world.revoke(token, of: account, lifting: chance.below(2) == 0, at: member)
        }
        guard number <= world.stores else { return }
        let record = SyncWorld.record(number, of: account)
        switch chance.below(11) {
        case 0: try await world.delete([record], at: member)
        case 8: try await world.deleteAll(of: account, in: chance.below(2) == 0 ? .all : .one(.inbox), at: member)
        case 9: try await world.deleteBefore(of: account, at: member)
        case 10:
            let expiry = world.simulation.clock.wallMilliseconds + 900_000_000 + Int64(chance.below(1_000_000))
            try await world.expireAll(of: account, to: expiry, at: member)
        case 1:
            // Some members may hear of the second before the first. In the same millisecond the deletion would hold.
            try await world.delete([record], at: member)
            try await world.pass(.milliseconds(5))
            try await world.store(number, for: account, at: members[chance.below(members.count)])
        case 2, 3: try await world.store(number, for: account, at: member)
        case 4:
            // Soon, if it is there, and if that expiry is the last one.
            let expiry = world.simulation.clock.wallMilliseconds + 5_000 + Int64(chance.below(60_000))
            try await world.expire([record], at: expiry, at: member)
            world.doubt([record])
        default:
            // Long after the end of the run.
            let expiry = world.simulation.clock.wallMilliseconds + 1_000_000_000 + Int64(chance.below(1_000_000))
            let flag = [nil, nil, "extend", "shorten"][chance.below(4)]
            try await world.expire([record], at: expiry, flag: flag, at: member)
        }
        // What is stored in the same millisecond as its deletion is gone.
        try await world.pass(.milliseconds(5))
    }

    /// All members of a swarm know the same of each token.
    private static func expectEqualRevocations(_ world: SyncWorld) async throws {
        for number in 0...lastRevoking {
            let account = try SyncWorld.account(number)
            guard let swarm = world.ring.swarm(for: account) else { continue }
            for (index, token) in tokens.enumerated() {
                var revoking: [String: Bool] = [:]
                for node in world.members(of: swarm) {
                    revoking[node.name] = try await node.hasRevoked(token, of: account)
                }
                #expect(Set(revoking.values).count == 1, "token \(index) of \(number): \(revoking)")
            }
        }
    }

    /// A block in which a few nodes change places; before it one may die or come back, be held, see the chain late, or be
    /// heard late.
    private static func turn(_ world: SyncWorld, _ names: [String], _ chance: inout Draws) async throws {
        let victim = try world.node(names[chance.below(names.count)])
        switch chance.below(10) {
        case 0:
            victim.release()
            await victim.kill()
        case 1: world.ledger.setLag(chance.below(3), for: victim.peer.publicKey)
        case 2: world.heal()
        case 3:
            let others = names.filter { $0 != victim.name && chance.below(2) == 0 }
            if !others.isEmpty { try world.cut(victim.name, from: others) }
        case 4:
            // All it says comes late to some.
            let others = try names.filter { $0 != victim.name && chance.below(2) == 0 }
                .map { try world.node($0).host.address }
            guard !others.isEmpty else { break }
            let lateness = LinkEffect.delay(.fixed(.milliseconds(1_000 + chance.below(12_000))))
            world.simulation.network.rules.add(
                LinkRule("late", from: .only(victim.host.address), to: .only(others), effect: lateness))
        case 5 where victim.isRunning: victim.hold()
        default: break
        }
        for node in world.nodes where node.isHeld && chance.below(2) == 0 { node.release() }
        for node in world.nodes where !node.isRunning && chance.below(2) == 0 { try await node.start() }
        for _ in 0...chance.below(4) {
            let name = names[chance.below(names.count)]
            let listing: ScriptedLedger.Listing =
                switch chance.below(8) {
                case 0: .absent
                case 1: .decommissioned
                default: .member(SwarmID(swarms[chance.below(swarms.count)]))
                }
            // The last member of all would leave the records to nobody.
            let others = world.ledger.listings.filter { $0.key != name }
            let isLast = !others.values.contains { if case .member = $0 { true } else { false } }
            if !isLast || listing != .absent && listing != .decommissioned { world.ledger.list(name, as: listing) }
        }
        world.ledger.block()
    }
}
