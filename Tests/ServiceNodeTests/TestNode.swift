import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// One node with everything around it in the test's hands. Unless told otherwise it is alone in the only swarm, so that
/// it serves every account.
struct TestNode {
    static let keys = NodeKeys(networkSeed: 7, name: "sn1")
    static let stranger = NodeKeys(networkSeed: 7, name: "stranger").x25519.publicKey

    let clock: TestClock
    let transport: TestTransport
    let events = TestEventLog()
    let store: any MessageStore
    private let files: TemporaryStore?
    let state: NodeState
    let http: HTTPInterface
    let queue: QueueInterface

    var membership: CurrentMembership { state.membership }

    init(
        keys: NodeKeys = Self.keys, table: JSON? = ledgerTable([ListedNode(Self.keys)]), skew: Int64 = 0,
        store: (any MessageStore)? = nil, randomness: any Randomness = SeededRandomness(seed: 1),
        transport: TestTransport = TestTransport(), peerTesting: PeerTestingTimes = .standard,
        administrators: [X25519PublicKey] = []
    ) throws {
        clock = TestClock(skew: skew)
        self.transport = transport
        files = try store == nil ? TemporaryStore() : nil
        self.store = try store ?? #require(files?.messages)
        let environment = NodeEnvironment(
            clock: clock, transport: transport, randomness: randomness, store: self.store, events: events)
        let configuration = NodeConfiguration(
            name: "sn1", keys: keys,
            ledger: OMQPeer(address: .loopback, port: 1, publicKey: Self.stranger, role: .ledger),
            peerTesting: peerTesting, administrators: administrators)
        let membership = CurrentMembership()
        if let table {
            let view = NetworkView(try NodeTable(parsing: table))
            membership.replace(with: Membership(view, own: keys.legacy.publicKey))
        }
        let statistics = NodeStatistics(clock: clock)
        let peers = PeerLinks(name: configuration.name, environment: environment, counters: statistics.peers)
        state = NodeState(
            configuration: configuration, environment: environment, membership: membership, peers: peers,
            transfers: Transfers(
                name: configuration.name, environment: environment, membership: membership, peers: peers),
            limits: RequestLimits(clock: clock, isRateLimited: configuration.isRateLimited),
            subscriptions: MessageSubscriptions(environment: environment), statistics: statistics)
        let methods = MethodTable(node: state)
        let onions = OnionRouter(node: state, methods: methods)
        http = HTTPInterface(node: state, methods: methods, onions: onions)
        queue = QueueInterface(
            node: state, methods: methods, onions: onions,
            notifyBlock: OMQService.Command(access: .admin) { _ in nil })
    }

    /// Gives the node another table, as its ledger would.
    func follow(_ table: JSON) throws {
        membership.replace(
            with: Membership(NetworkView(try NodeTable(parsing: table)), own: state.keys.legacy.publicKey))
    }

    /// Sends a request over the message queue; the data frames of the reply, `nil` when there is none.
    func frames(
        _ command: String, _ parts: [Bytes], from caller: X25519PublicKey = stranger, over route: UInt8 = 1
    ) async throws -> [Bytes]? {
        let decision = OMQDispatch.decide(
            [Bytes(command.utf8), Bytes("tag".utf8)] + parts, onListener: true, caller: caller, isLedger: false,
            service: queue.service)
        guard case .run(let command, let name, _, let parts) = decision else {
            Issue.record("\(command) was not run: \(decision)")
            return nil
        }
        let caller = OMQCaller(
            publicKey: caller, address: .loopback, connection: OMQConnection(route: [route]))
        return await command.run(OMQCall(command: name, parts: parts, caller: caller))
    }

    /// As ``frames(_:_:from:)``, for replies that are text.
    func texts(_ command: String, _ parts: [Bytes], from caller: X25519PublicKey = stranger) async throws -> [String] {
        try #require(await frames(command, parts, from: caller), "\(command) got no reply")
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls a client method in JSON; the reply's frames as text.
    func call(_ method: String, _ parameters: JSON) async throws -> [String] {
        try await texts("storage.\(method)", [parameters.utf8])
    }

    /// Calls a client method in bencode; the reply's frames as text.
    func call(_ method: String, bencode parameters: Bencode) async throws -> [String] {
        try await texts("storage.\(method)", [parameters.encoded])
    }

    /// A JSON call that must succeed.
    func result(_ method: String, _ parameters: JSON) async throws -> JSON {
        let reply = try await call(method, parameters)
        try #require(reply.count == 1, "\(method) answered \(reply)")
        return try JSON(parsing: Bytes(reply[0].utf8))
    }

    /// Posts over HTTPS; the answer to a request whose declared length is true.
    func post(_ path: String, _ body: Bytes, headers: [String: String] = [:]) async -> HTTPReply {
        await http.respond(
            to: HTTPRequestHead(
                method: "POST", path: path,
                headers: ["content-length": String(body.count)].merging(headers) { $1 },
                clientAddress: .loopback), body: HTTPBody(body))
    }
}

/// An account whose owner can sign: the one of the vectors.
struct TestAccount {
    let keys: Ed25519KeyPair
    /// 05, the converted key.
    let session: AccountID
    /// 03, the signing key itself.
    let group: AccountID
    let time: Int64 = TestClock.epoch

    init() throws {
        let account = try vectors("storage").need("account")
        keys = try Ed25519KeyPair(seed: account.bytes("ed25519_seed"))
        session = AccountID(session: keys.x25519.publicKey)
        group = try #require(AccountID([3] + keys.publicKey.bytes))
        let ids = try [account.text("session_id"), account.text("group_id")]
        try #require([session.hex, group.hex] == ids)
    }

    func sign(_ text: Bytes) -> String { Base64.encode(keys.sign(text)) }

    /// Parameters of a store that the default inbox takes.
    func store(_ data: String = "hello", extra: [String: JSON] = [:]) -> JSON {
        .object(
            [
                "pubkey": .string(session.hex), "data": .string(Base64.encode(Bytes(data.utf8))),
                "timestamp": .integer(time), "ttl": 86_400_000,
            ].merging(extra) { $1 })
    }

    /// Parameters of a signed store to another namespace.
    func signedStore(_ data: String, _ namespace: Int16, extra: [String: JSON] = [:]) -> JSON {
        store(
            data,
            extra: [
                "namespace": .integer(Int64(namespace)), "pubkey_ed25519": .string(keys.publicKey.hex),
                "signature": .string(sign(SignedText.store(Namespace(namespace), timestamp: time))),
            ].merging(extra) { $1 })
    }

    /// Parameters of a signed retrieve.
    func retrieve(_ namespace: Int16 = 0, extra: [String: JSON] = [:]) -> JSON {
        .object(
            [
                "pubkey": .string(session.hex), "namespace": .integer(Int64(namespace)), "timestamp": .integer(time),
                "pubkey_ed25519": .string(keys.publicKey.hex),
                "signature": .string(sign(SignedText.retrieve(Namespace(namespace), timestamp: time))),
            ].merging(extra) { $1 })
    }
}
