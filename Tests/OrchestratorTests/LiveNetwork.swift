import Foundation
import Logging
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Sockets
import Testing

@testable import Orchestrator

/// Starts a network in this process, waits until its swarms agree, and takes it down whatever happens.
func withNetwork<Value>(
    _ name: String = "live", nodes: Int = 12, seed: UInt64 = 7, in folder: String,
    _ body: (Testnet) async throws -> Value
) async throws -> Value {
    var topology = Topology()
    topology.nodes = .count(nodes)
    let testnet = try await Testnet(
        NetworkSettings(
            topology: topology, seed: seed, directory: RunDirectory(name: name, parent: folder),
            executable: ""))
    let result: Value
    do {
        try await testnet.start()
        try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
        result = try await body(testnet)
    } catch {
        await testnet.down()
        throw error
    }
    await testnet.down()
    return result
}

/// A caller from outside that asks one node at a time, without onions, so that what a node takes is not mixed with what a
/// path takes.
struct OutsideCaller: Sendable {
    private let process: SocketProcess
    private let transport: SocketTransport
    private let status: NetworkStatus

    /// What a node said of a store.
    struct StoreAnswer {
        var acknowledged: [String]
        var failed: [String]
    }

    static func with<Value>(
        _ testnet: Testnet, _ body: (OutsideCaller) async throws -> Value
    )
        async throws -> Value
    {
        let process = try SocketProcess(threads: 1)
        let keys = try X25519KeyPair(secretKey: Bytes(repeating: 5, count: 32))
        let caller = OutsideCaller(
            process: process,
            transport: SocketTransport(
                SocketTransport.Configuration(address: .loopback, keys: keys, name: "outside"),
                process: process,
                log: Logger(label: "outside") { _ in SwiftLogNoOpLogHandler() }),
            status: await testnet.status())
        let result: Value
        do {
            result = try await body(caller)
        } catch {
            await caller.close()
            throw error
        }
        await caller.close()
        return result
    }

    private func close() async {
        await transport.close()
        await process.shutdown()
    }

    /// The names of the members of an account's swarm, as a node tells them.
    func swarm(of account: AccountID) async throws -> [String] {
        let answer = try await call("get_swarm", ["pubkey": .string(account.hex)], at: "n1")
        let snodes = try #require(answer["snodes"]?.asArray)
        return NaturalOrder.sorted(snodes.compactMap { $0["pubkey_ed25519"]?.asString }.map(name))
    }

    func store(_ text: String, for account: AccountID, at node: String) async throws -> StoreAnswer {
        let answer = try await call(
            "store",
            [
                "pubkey": .string(account.hex), "timestamp": .integer(LiveClock().wallMilliseconds),
                "ttl": 60_000,
                "data": .string(Base64.encode(Bytes(text.utf8))),
            ], at: node)
        let members = try #require(answer["swarm"]?.asObject)
        let failed = members.filter { $0.value["failed"] == true || $0.value["failed"] == 1 }
        let acknowledged = members.filter { failed[$0.key] == nil && $0.value["signature"] != nil }
        return StoreAnswer(
            acknowledged: NaturalOrder.sorted(acknowledged.keys.map(name)),
            failed: NaturalOrder.sorted(failed.keys.map(name)))
    }

    private func name(_ key: String) -> String {
        status.nodes.first { $0.ed25519.hex == key }?.name ?? key
    }

    /// Sends an onion through nodes of its choice.
    /// - Parameter beyond: who is to answer behind the last of them; `nil` for that one itself.
    /// - Returns: what the guard answers, and the answer that was sealed, if that was 200.
    func onion(
        _ method: String, _ parameters: JSON, through names: [String], beyond: OnionNode? = nil, _ cipher: OnionCipher
    ) async throws -> (outer: HTTPReply, answer: OnionReply?) {
        let path = try names.map { name in try #require(status.nodes.first { $0.name == name }) }
        let route = path.map { OnionNode(ed25519: $0.ed25519, x25519: $0.x25519) } + (beyond.map { [$0] } ?? [])
        let body: JSON = ["method": .string(method), "params": parameters]
        let onion = try OnionRequest(body.utf8, through: route, cipher: cipher, randomness: LiveRandomness())
        let outer = try await transport.post(
            OutgoingPost(
                url: "https://\(path[0].address):\(path[0].httpsPort)/onion_req/v2", body: onion.body,
                timeout: .seconds(30)))
        return (outer, outer.status == 200 ? try onion.open(outer.body) : nil)
    }

    private func call(_ method: String, _ parameters: JSON, at name: String) async throws -> JSON {
        let node = try #require(status.nodes.first { $0.name == name })
        let body: JSON = ["method": .string(method), "params": parameters]
        let reply = try await transport.post(
            OutgoingPost(
                url: "https://\(node.address):\(node.httpsPort)/storage_rpc/v1", body: body.utf8,
                timeout: .seconds(30)))
        #expect(reply.status == 200, "\(String(decoding: reply.body, as: UTF8.self))")
        return try JSON(parsing: reply.body)
    }
}

/// Waits for one event in a stream that was subscribed to before its cause.
func first(
    _ kind: EventKind, from source: String, in facts: AsyncStream<RecordedEvent>,
    where matches: (Event) -> Bool = { _ in true }
) async throws -> Event {
    for await recorded in facts
    where recorded.event.kind == kind && recorded.event.source == source && matches(recorded.event) {
        return recorded.event
    }
    throw CancellationError()
}
