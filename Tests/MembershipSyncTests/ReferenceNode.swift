import NodeRuntime
import SessionCrypto
import SessionProtocol
import Simulation
import Synchronization
import Testing

/// Takes what it is handed as the reference does, and answers nothing that it does not know.
final class ReferenceNode: Sendable {
    /// A message that it was handed.
    struct Taken {
        var hash: MessageHash
        var account: AccountID
        var namespace: Namespace
        var expiry: Int64
        /// Of the record in `sn.data`; `nil` for a store.
        var fieldCount: Int?
        var isStore: Bool { fieldCount == nil }
        var record: Record { Record(account: account, namespace: namespace, hash: hash) }
    }

    private struct State {
        var blobs: [Bytes] = []
        var stores: [Bytes] = []
        var counts: [String: Int] = [:]
        var isReady = true
    }

    let keys = NodeKeys(networkSeed: 11, name: "reference")
    let transport: SimulatedTransport
    /// Reads the sixth element of a record as its namespace, as servers from 2.11.3 on do.
    private let readsNamespaces: Bool
    private let state = Mutex(State())

    init(in world: SyncWorld, version: [Int] = [2, 8, 0]) async throws {
        let network = world.simulation.network
        let address = IPv4Address(10, 0, 3, 1)
        readsNamespaces = !version.lexicographicallyPrecedes([2, 11, 3])
        transport = network.transport(on: network.host("reference", at: address), keys: keys.x25519.publicKey)
        var answers: [(String, @Sendable (OMQCall) -> [Bytes])] = [
            ("sn.ping", { _ in [Bytes("pong".utf8)] }),
            ("sn.data", { [self] in take($0.parts) }),
            ("sn.storage_cc", { [self] in forwarded($0.parts) }),
        ]
        if !version.lexicographicallyPrecedes([2, 10, 0]) {
            answers.append(
                ("sn.data_ready", { [self] _ in [Bytes((isReady ? "OK" : "Swarm mismatch").utf8)] }))
        }
        let commands = answers.map { name, answer in
            (
                name,
                OMQService.Command(access: .anyone) { [self] call in
                    state.withLock { $0.counts[name, default: 0] += 1 }
                    return answer(call)
                }
            )
        }
        let ports = try await transport.open(
            TransportServices(
                http: { _, _ in HTTPReply(status: 404) },
                omq: OMQService(commands: Dictionary(commands) { first, _ in first })))
        world.ledger.knows("reference", keys, at: address, ports, version: .array(version.map(JSON.int)))
    }

    /// Whether it sees itself in the swarm of whoever asks.
    var isReady: Bool {
        get { state.withLock { $0.isReady } }
        set { state.withLock { $0.isReady = newValue } }
    }

    func count(of command: String) -> Int { state.withLock { $0.counts[command] ?? 0 } }

    private func take(_ parts: [Bytes]) -> [Bytes] {
        let blob = Bytes(parts.joined())
        // Other versions are answered and ignored.
        if blob.first == 1 { state.withLock { $0.blobs.append(blob) } }
        return []
    }

    private func forwarded(_ parts: [Bytes]) -> [Bytes] {
        guard parts.count == 2, parts[0] == Bytes("store".utf8) else { return [Bytes("400".utf8), []] }
        state.withLock { $0.stores.append(parts[1]) }
        return [Bencode.dictionary(["hash": .text("")]).encoded]
    }

    /// What it was handed, filed as it files it.
    func taken() throws -> [Taken] {
        let (blobs, stores) = state.withLock { ($0.blobs, $0.stores) }
        let pushed = try blobs.flatMap { blob in
            try #require(try Bencode(parsing: Bytes(blob.dropFirst())).asList).map { element in
                let fields = try #require(element.asList)
                let namespace = readsNamespaces && fields.count > 5 ? fields[5].asInteger : 0
                return Taken(
                    hash: try #require(fields[1].asText.flatMap(MessageHash.init(text:))),
                    account: try #require(fields[0].asBytes.flatMap(AccountID.init)),
                    namespace: Namespace(try #require(namespace.flatMap(Int16.init(exactly:)))),
                    expiry: try #require(fields[3].asInteger), fieldCount: fields.count)
            }
        }
        let stored = try stores.map { store in
            let fields = try #require(try Bencode(parsing: store).asDictionary)
            let account = try #require(fields["pubkey"]?.asBytes.flatMap(AccountID.init))
            let namespace = Namespace(try #require(fields["namespace"]?.asInteger.flatMap(Int16.init(exactly:))))
            let hash = MessageHash(account: account, namespace: namespace, data: try #require(fields["data"]?.asBytes))
            return Taken(
                hash: hash, account: account, namespace: namespace, expiry: try #require(fields["expiry"]?.asInteger))
        }
        return pushed + stored
    }
}
