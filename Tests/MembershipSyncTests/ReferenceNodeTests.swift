import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Simulation
import Storage
import Swarms
import Testing
import TimeLimits

/// Beside a node of the reference (storage-node §8.4, storage-2.11 §4).
@Suite(.workLimit(minutes: 2)) struct ReferenceNodeTests {
    private static let (swarm, far): (UInt64, UInt64) = (0x1000_0000_0000_0000, 0x9000_0000_0000_0000)

    /// How long the longest store to a mailbox open to everyone may last, in milliseconds.
    private static let fortnight: Int64 = 14 * 86_400_000

    @Test("A reference node that comes in is pushed everything, and that it cannot compare disturbs nobody")
    func newcomer() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: ["a", "b"]])
            try await world.store(30)
            let reference = try await ReferenceNode(in: world)
            try await world.block([Self.swarm: ["reference"]])
            try await world.settle()
            #expect(Set(try reference.taken().map(\.hash)) == Set(world.acknowledged.map(\.hash)))
            // A restarted node finds that it cannot compare, and pushes all it has instead.
            let before = try reference.taken().count
            await (try world.node("a")).kill()
            try await (try world.node("a")).start()
            try await world.settle()
            #expect(try reference.taken().count == before + 30)
            try await world.expectRecordsInPlace()
            #expect(world.events.all(.transferFailed).isEmpty)
        }
    }

    @Test(
        "A server is sent what its version files rightly, as it reads it, and nothing else, which is told",
        arguments: [[0, 0, 0], [2, 8, 0], [2, 10, 0], [2, 11, 2], [2, 11, 3], [2, 12, 0]] as [[Int]])
    func versions(_ version: [Int]) async throws {
        try await SyncWorld.run { world in
            let open = try SyncWorld.messages(5, in: [0, 10, -10, 20])
            let closed = try SyncWorld.messages(5, in: [2, 5, -1, -11, 12])
            // Their owner set them to expire later than any store may.
            let long = try SyncWorld.messages(5, in: [0, 10], lifetime: Self.fortnight + 1)
            try await world.begin([Self.swarm: ["a", "b"]], holding: open + closed + long)
            let reference = try await ReferenceNode(in: world, version: version)
            try await world.block([Self.swarm: ["reference"]])
            try await world.settle()

            let isOld = version.lexicographicallyPrecedes([2, 11, 3])
            let sound = isOld ? open + long.filter { $0.namespace == .inbox } : open + closed + long
            let taken = try reference.taken()
            #expect(Set(taken.map(\.record)) == Set(sound.map(Record.init)))
            #expect(taken.allSatisfy { $0.fieldCount == ($0.isStore ? nil : isOld ? 5 : 6) })
            #expect(taken.contains(where: \.isStore) == isOld)
            let moments = Dictionary(sound.map { ($0.hash, $0.expiry) }) { first, _ in first }
            #expect(taken.allSatisfy { moments[$0.hash] == $0.expiry })

            let withheld = world.events.all(.recordsWithheld, from: "a")
            let named = withheld.flatMap { $0.fields["messages"]?.asArray?.compactMap(\.asString) ?? [] }
            let unsound = isOld ? closed + long.filter { $0.namespace != .inbox } : []
            #expect(Set(named) == Set(unsound.map(\.hash.text)))
            #expect(withheld.allSatisfy { $0.fields["peer"]?.asString == reference.keys.legacy.publicKey.hex })
            #expect((reference.count(of: "sn.data_ready") > 0) == !version.lexicographicallyPrecedes([2, 10, 0]))
            try await world.expectRecordsInPlace()
        }
    }

    @Test("A server that is not ready for data is asked again, and gets nothing before")
    func notReady() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: ["a", "b"]], holding: try SyncWorld.messages(5, in: [0]))
            let reference = try await ReferenceNode(in: world, version: [2, 11, 3])
            reference.isReady = false
            try await world.block([Self.swarm: ["reference"]])
            try await world.pass(.seconds(20))
            #expect(try reference.taken().isEmpty)
            #expect(reference.count(of: "sn.data_ready") > 4)
            reference.isReady = true
            try await world.settle()
            #expect(Set(try reference.taken().map(\.hash)).count == 5)
        }
    }

    @Test("What no member of another swarm can be handed is kept here, and the rest is handed over and erased")
    func handingOver() async throws {
        try await SyncWorld.run { world in
            let open = try SyncWorld.messages(20, in: [0, 10])
            let closed = try SyncWorld.messages(20, in: [2])
            try await world.begin([Self.swarm: ["a", "b"]], holding: open + closed)
            let reference = try await ReferenceNode(in: world)
            try await world.block([Self.far: ["reference"]])
            let start = world.simulation.uptime
            try await world.settle()
            // Nobody waits for answers that do not come.
            #expect(world.simulation.uptime - start < .seconds(5))
            let ring = world.ring
            let moved = Set(open.filter { ring.swarm(for: $0.account) == SwarmID(Self.far) }.map(Record.init))
            let taken = Set(try reference.taken().map(\.record))
            #expect(!moved.isEmpty && taken == moved)
            for name in ["a", "b"] {
                let held = Set((open + closed).map(Record.init)).subtracting(moved)
                #expect(try await world.node(name).records() == held, "\(name)")
            }
        }
    }

    @Test("What a reference node pushes without namespaces gets them back")
    func namespaces() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: ["a", "b"]])
            let reference = try await ReferenceNode(in: world)
            try await world.block([Self.swarm: ["reference"]])
            try await world.settle()
            let records = try (0..<20).map { number in
                let (account, namespace) = (
                    try SyncWorld.account(number), Namespace([0, 2, 3, 5, 11, -10, 12][number % 7])
                )
                let data = Bytes("message \(number)".utf8)
                let hash = MessageHash(account: account, namespace: namespace, data: data)
                let fields: [Bencode] = [
                    .bytes(account.bytes), .text(hash.text), .integer(world.simulation.clock.wallMilliseconds),
                    .integer(world.simulation.clock.wallMilliseconds + 86_400_000), .bytes(data),
                ]
                return (Record(account: account, namespace: namespace, hash: hash), Bencode.list(fields))
            }
            let blob = [1] + Bencode.list(records.map(\.1)).encoded
            var peer = try world.node("a").peer
            peer.role = .serviceNode
            let outcome = await reference.transport.request(peer, "sn.data", [blob], timeout: .seconds(5))
            #expect(outcome == .reply([]))
            #expect(try await world.node("a").records() == Set(records.map(\.0)))
        }
    }
}
