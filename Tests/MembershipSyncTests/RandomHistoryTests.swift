import Faults
import NodeRuntime
import ServiceNode
import SessionProtocol
import Simulation
import Swarms
import Testing

/// Any history of memberships, deaths and late tables, with stores in every block.
@Suite(.timeLimit(.minutes(2))) struct RandomHistoryTests {
    private struct Draws: RandomNumberGenerator {
        var generator: SplitMix64

        mutating func next() -> UInt64 { generator.next() }
        mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
    }

    private static let swarms: [UInt64] = (0..<5).map { 0x0800_0000_0000_0000 + $0 * 0x3333_0000_0000_0000 }

    /// Far worse than any machine.
    private static let mischief = Mischief(chances: [
        .slowDisk: Chance(partsPerMillion: 20_000), .slowPeer: Chance(partsPerMillion: 20_000),
        .earlyTimer: Chance(partsPerMillion: 10_000), .reorderedWakeUp: Chance(partsPerMillion: 50_000),
        .failedWrite: Chance(partsPerMillion: 10_000), .tornWrite: Chance(partsPerMillion: 10_000),
    ])

    @Test(
        "No history loses or misplaces a message, brings back a deleted one, or leaves members with different expiries",
        arguments: UInt64(1)...30)
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
                if !node.isRunning { try await node.start() }
            }
            world.heal()
            // Whoever left so long ago that nobody knows it keeps what it could not hand over in time. So it is known.
            for (name, listing) in world.ledger.listings where listing == .absent {
                world.ledger.list(name, as: .decommissioned)
            }
            try await world.block()
            try await world.settle(within: .seconds(3_600))
            try await world.expectEqualStores()
            #expect(world.acknowledged.count > 20)
        }
    }

    /// Somebody deletes a message, or sets when it expires.
    private static func change(_ world: SyncWorld, _ chance: inout Draws) async throws {
        let records = world.acknowledged.sorted { $0.hash < $1.hash }
        guard !records.isEmpty else { return }
        let record = records[chance.below(records.count)]
        guard let swarm = world.ring.swarm(for: record.account) else { return }
        let members = world.members(of: swarm).filter(\.isRunning)
        guard !members.isEmpty else { return }
        let member = members[chance.below(members.count)]
        if chance.below(3) == 0 {
            try await world.delete([record], at: member)
        } else {
            // Long after the end of the run.
            let expiry = world.simulation.clock.wallMilliseconds + 1_000_000_000 + Int64(chance.below(1_000_000))
            try await world.expire([record], at: expiry, at: member)
        }
    }

    /// A block in which a few nodes change places; before it one may die or come back, or see the chain late.
    private static func turn(_ world: SyncWorld, _ names: [String], _ chance: inout Draws) async throws {
        let victim = try world.node(names[chance.below(names.count)])
        switch chance.below(8) {
        case 0: await victim.kill()
        case 1: world.ledger.setLag(chance.below(3), for: victim.peer.publicKey)
        case 2: world.heal()
        case 3:
            let others = names.filter { $0 != victim.name && chance.below(2) == 0 }
            if !others.isEmpty { try world.cut(victim.name, from: others) }
        default: break
        }
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
