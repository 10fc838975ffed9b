import Logging
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Sockets
import Testing

@testable import Orchestrator

/// Asks nodes over the message queue, as a client does.
struct QueueClient: Sendable {
    private let process: SocketProcess
    private let transport: SocketTransport

    /// - Parameter keys: a node's, to be taken for it; some client's unless given.
    static func with<Value>(
        _ keys: X25519KeyPair? = nil, _ body: (QueueClient) async throws -> Value
    ) async throws -> Value {
        let process = try SocketProcess(threads: 1)
        let keys = try keys ?? X25519KeyPair(secretKey: Bytes(repeating: 6, count: 32))
        let client = QueueClient(
            process: process,
            transport: SocketTransport(
                SocketTransport.Configuration(address: .loopback, keys: keys, name: "queue client"), process: process,
                log: Logger(label: "queue client") { _ in SwiftLogNoOpLogHandler() }))
        let result: Value
        do {
            result = try await body(client)
        } catch {
            await client.close()
            throw error
        }
        await client.close()
        return result
    }

    private func close() async {
        await transport.close()
        await process.shutdown()
    }

    /// The body of a successful answer.
    func call(_ method: String, _ parameters: JSON, at node: NetworkStatus.Node) async throws -> JSON {
        let parts = try await request("storage.\(method)", [parameters.utf8], of: node)
        #expect(parts.count == 1, "\(node.name) answered \(method) with \(parts)")
        return try JSON(parsing: try #require(parts.last))
    }

    /// All data of an answer.
    func request(_ command: String, _ data: [Bytes], of node: NetworkStatus.Node) async throws -> [Bytes] {
        let peer = OMQPeer(address: node.address, port: node.omqPort, publicKey: node.x25519, role: .client)
        let outcome = await transport.request(peer, command, data, timeout: .seconds(10))
        guard case .reply(let parts) = outcome else {
            Issue.record("\(node.name) answered \(command) with \(outcome)")
            throw CancellationError()
        }
        return parts
    }

    /// The texts in one of an account's mailboxes.
    func inbox(
        of identity: SessionIdentity, _ namespace: Namespace = .inbox, at node: NetworkStatus.Node
    ) async throws -> Set<String> {
        try Inbox.texts(in: try await call("retrieve", Inbox.retrieval(of: identity, namespace), at: node))
    }
}

/// Writing to an inbox and reading it, over whatever interface.
enum Inbox {
    /// The parameters of a store, which the owner signs.
    static func store(_ text: String, for identity: SessionIdentity, _ namespace: Namespace = .inbox) -> JSON {
        let now = LiveClock().wallMilliseconds
        return [
            "pubkey": .string(identity.account.hex), "ttl": 60_000, "namespace": .int(Int(namespace.rawValue)),
            "timestamp": .integer(now), "data": .string(Base64.encode(Bytes(text.utf8))),
            "pubkey_ed25519": .string(identity.ed25519.publicKey.hex),
            "signature": .string(
                Base64.encode(identity.ed25519.sign(SignedText.store(namespace, timestamp: now)))),
        ]
    }

    /// The parameters of a retrieve.
    static func retrieval(of identity: SessionIdentity, _ namespace: Namespace = .inbox) -> JSON {
        let now = LiveClock().wallMilliseconds
        let signature = identity.ed25519.sign(SignedText.retrieve(namespace, timestamp: now))
        return [
            "pubkey": .string(identity.account.hex), "namespace": .int(Int(namespace.rawValue)),
            "timestamp": .integer(now), "pubkey_ed25519": .string(identity.ed25519.publicKey.hex),
            "signature": .string(Base64.encode(signature)),
        ]
    }

    /// What a retrieve was answered with.
    static func texts(in answer: JSON) throws -> Set<String> {
        let messages = try #require(answer["messages"]?.asArray)
        return Set(
            messages.compactMap { $0["data"]?.asString.flatMap { Base64.decode($0) } }.map {
                String(decoding: $0, as: UTF8.self)
            })
    }
}
