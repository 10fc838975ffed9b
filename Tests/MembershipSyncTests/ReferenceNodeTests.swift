import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Simulation
import Swarms
import Synchronization
import Testing
import TimeLimits

/// Beside a node of the reference, which knows of transfers only `sn.data`, without namespaces (storage-node §8.4).
@Suite(.workLimit(minutes: 2)) struct ReferenceNodeTests {
    private static let swarm: UInt64 = 0x1000_0000_0000_0000

    /// Takes blobs as the reference does, and answers nothing that it does not know.
    private final class Reference: Sendable {
        let keys = NodeKeys(networkSeed: 11, name: "reference")
        let address = IPv4Address(10, 0, 3, 1)
        let transport: SimulatedTransport
        private let blobs = Mutex<[Bytes]>([])

        init(in world: SyncWorld) async throws {
            let network = world.simulation.network
            transport = network.transport(
                on: network.host("reference", at: address), keys: keys.x25519.publicKey)
            let ports = try await transport.open(
                TransportServices(
                    http: { _, _ in HTTPReply(status: 404) },
                    omq: OMQService(commands: [
                        "sn.ping": OMQService.Command(access: .anyone) { _ in [Bytes("pong".utf8)] },
                        "sn.data": OMQService.Command(access: .anyone) { [self] call in
                            blobs.withLock { $0.append(Bytes(call.parts.joined())) }
                            return []
                        },
                    ])))
            world.ledger.knows("reference", keys, at: address, ports)
        }

        /// The messages pushed to it, as the reference reads them: by the first five elements.
        func pushed() throws -> [[Bencode]] {
            try blobs.withLock { $0 }.flatMap { blob in
                try #require(blob.first == 1)
                return try #require(try Bencode(parsing: Bytes(blob.dropFirst())).asList)
                    .map { Array(try #require($0.asList).prefix(5)) }
            }
        }
    }

    @Test("A reference node that comes in is pushed everything, and that it cannot compare disturbs nobody")
    func newcomer() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: ["a", "b"]])
            try await world.store(30)
            let reference = try await Reference(in: world)
            try await world.block([Self.swarm: ["reference"]])
            try await world.settle()
            let hashes = Set(try reference.pushed().map { $0[1].asText })
            #expect(hashes == Set(world.acknowledged.map(\.hash.text)))
            // A restarted node gets no answer to its question, and pushes all it has instead.
            let before = try reference.pushed().count
            await (try world.node("a")).kill()
            try await (try world.node("a")).start()
            try await world.settle()
            #expect(try reference.pushed().count == before + 30)
            try await world.expectRecordsInPlace()
            #expect(world.events.all(.transferFailed).isEmpty)
        }
    }

    @Test("What a reference node pushes without namespaces gets them back")
    func namespaces() async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: ["a", "b"]])
            let reference = try await Reference(in: world)
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
