import Faults
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Simulation
import Swarms
import Synchronization
import Testing
import TimeLimits

/// Beside a member of the swarm that answers every question about what it knows with the same full page.
@Suite(.workLimit(minutes: 2)) struct RepeatingPeerTests {
    private static let swarm: UInt64 = 0x1000_0000_0000_0000

    /// What it repeats.
    enum Repeated: String, CaseIterable {
        case changes = "sn.data_changes"
        case hashes = "sn.data_hashes"

        var page: Bytes {
            get throws {
                let account = try SyncWorld.account(1)
                let elements = try (0..<1_000).map { number in
                    let hash = try #require(MessageHash(digest: Digest.blake2b(Bytes("gone \(number)".utf8))))
                    return switch self {
                    case .changes:
                        Bencode.list([
                            .text("delete"), .bytes(account.bytes), .text(hash.text),
                            .integer(1_767_225_600_000 + Int64(number)), .integer(1_768_000_000_000),
                        ])
                    case .hashes: Bencode.text(hash.text)
                    }
                }
                return Bencode.list(
                    elements.sorted { self == .hashes && $0.encoded.lexicographicallyPrecedes($1.encoded) }
                )
                .encoded
            }
        }
    }

    private final class Parrot: Sendable {
        let keys = NodeKeys(networkSeed: 11, name: "parrot")
        let address = IPv4Address(10, 0, 3, 2)
        private let asked = Mutex(0)

        init(_ repeated: Repeated, in world: SyncWorld) async throws {
            let network = world.simulation.network
            let transport = network.transport(on: network.host("parrot", at: address), keys: keys.x25519.publicKey)
            let page = try repeated.page
            func command(_ name: String, _ reply: [Bytes]) -> (String, OMQService.Command) {
                let isRepeated = name == repeated.rawValue
                return (
                    name,
                    OMQService.Command(access: .anyone) { [self] _ in
                        guard isRepeated else { return reply }
                        asked.withLock { $0 += 1 }
                        return [page]
                    }
                )
            }
            let nothing = Bytes("le".utf8)
            let commands = [
                command("sn.ping", [Bytes("pong".utf8)]), command("sn.data", []), command("sn.data_changes", [nothing]),
                command("sn.data_hashes", [nothing]), command("sn.data_fetch", [[1] + nothing]),
            ]
            let ports = try await transport.open(
                TransportServices(
                    http: { _, _ in HTTPReply(status: 404) },
                    omq: OMQService(commands: Dictionary(commands) { first, _ in first })))
            world.ledger.knows("parrot", keys, at: address, ports)
        }

        /// How often it was asked for what it repeats.
        var questions: Int { asked.withLock { $0 } }
    }

    @Test("A peer that repeats a full page is left alone for a while, and that is told", arguments: Repeated.allCases)
    func repeating(_ repeated: Repeated) async throws {
        try await SyncWorld.run { world in
            try await world.begin([Self.swarm: ["a", "b"]])
            try await world.store(5)
            let parrot = try await Parrot(repeated, in: world)
            world.simulation.network.rules.add(
                LinkRule("far", to: .only(parrot.address), effect: .delay(.fixed(.milliseconds(50)))))
            try await world.block([Self.swarm: ["parrot"]])
            // It compares with its peers.
            await (try world.node("a")).kill()
            try await (try world.node("a")).start()
            try await world.pass(.seconds(30))
            #expect(parrot.questions > 3)
            // Two of each attempt, by two nodes, at most twice at the same time.
            #expect(parrot.questions < 60)
            let reasons = world.events.all(.transferFailed, from: "a").compactMap { $0.fields["reason"]?.asString }
            #expect(reasons.contains { $0.contains("does not go on") }, "\(reasons)")
            try await world.store(5)
            #expect(try await world.node("a").records() == world.node("b").records())
        }
    }
}
