import Logging
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Sockets
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// A node on real sockets that has as much to do as it takes on (storage-node §2.1).
@Suite(.workLimit(minutes: 2)) struct BusyNodeTests {
    private static let keys = NodeKeys(networkSeed: 7, name: "n1")
    private static let silentLogger = Logger(label: "busy") { _ in SwiftLogNoOpLogHandler() }

    /// Lets what asks through when it is told to, one after the other.
    private actor Turnstile {
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private var watching: (count: Int, watcher: CheckedContinuation<Void, Never>)?

        func pass() async {
            await withCheckedContinuation { waiter in
                waiting.append(waiter)
                if let watching, waiting.count >= watching.count { watching.watcher.resume() }
            }
        }

        func isWaited(by count: Int) async {
            guard waiting.count < count else { return }
            await withCheckedContinuation { watching = (count, $0) }
            watching = nil
        }

        func letOnePass() { waiting.removeFirst().resume() }
    }

    /// Tells when the node has found its swarm.
    private struct Arrival: EventLog {
        let continuation: AsyncStream<Void>.Continuation

        func record(_ event: Event) {
            if event.kind == .swarmEntered { continuation.finish() }
        }
    }

    /// The table of a network of that one node, and lookups of names that take their time.
    private static func ledger(_ turnstile: Turnstile) -> OMQService {
        let table: JSON = [
            "height": 1, "block_hash": "b1", "hardfork": 19, "snode_revision": 3, "status": "OK",
            "service_node_states": [
                [
                    "funded": true, "service_node_pubkey": .string(keys.legacy.publicKey.hex),
                    "pubkey_ed25519": .string(keys.ed25519.publicKey.hex),
                    "pubkey_x25519": .string(keys.x25519.publicKey.hex), "public_ip": "127.0.0.1",
                    "storage_port": 1, "storage_lmq_port": 1, "swarm_id": 16,
                ]
            ],
        ]
        let success = Bytes("200".utf8)
        return OMQService(commands: [
            "sub.block": .init(access: .anyone) { _ in [Bytes("OK".utf8)] },
            "admin.storage_server_ping": .init(access: .anyone) { _ in [success, Bytes("{}".utf8)] },
            "rpc.get_service_nodes": .init(access: .anyone) { _ in [success, table.utf8] },
            "rpc.ons_resolve": .init(access: .anyone) { _ in
                await turnstile.pass()
                return [success, Bytes("{}".utf8)]
            },
        ])
    }

    private static func transport(_ name: String, _ keys: X25519KeyPair, _ process: SocketProcess) -> SocketTransport {
        SocketTransport(
            SocketTransport.Configuration(address: .loopback, keys: keys, name: name), process: process,
            log: silentLogger)
    }

    @Test("With as many requests under way as a node takes, the next is told that it is busy, until one is done")
    func busy() async throws {
        let turnstile = Turnstile()
        let process = try SocketProcess(threads: 1)
        let ledgerKeys = try X25519KeyPair(secretKey: Bytes(repeating: 3, count: 32))
        let ledger = Self.transport("ledger", ledgerKeys, process)
        let ledgerPort = try #require(try await ledger.open(TransportServices(omq: Self.ledger(turnstile))).omq)
        let client = Self.transport("client", try X25519KeyPair(secretKey: Bytes(repeating: 4, count: 32)), process)
        let transport = Self.transport("n1", Self.keys.x25519, process)
        let (arrival, continuation) = AsyncStream.makeStream(of: Void.self)
        var configuration = NodeConfiguration(
            name: "n1", keys: Self.keys,
            ledger: OMQPeer(
                address: .loopback, port: ledgerPort, publicKey: ledgerKeys.publicKey, role: .ledger))
        configuration.workers = 2
        let node = ServiceNode(
            configuration: configuration,
            environment: NodeEnvironment(
                clock: LiveClock(), transport: transport, randomness: LiveRandomness(),
                store: try SimulatedMessageStore(disk: SimulatedDisk()), events: Arrival(continuation: continuation)))
        let ports = try await node.open()
        let running = Task { try await node.run(ports: ports) }
        for await _ in arrival {}

        let url = "http://127.0.0.1:\(try #require(ports.http))"
        @Sendable func post(_ path: String, _ body: String) async throws -> HTTPReply {
            try await client.post(OutgoingPost(url: url + path, body: Bytes(body.utf8), timeout: .seconds(60)))
        }
        @Sendable func resolve() async throws -> Int {
            try await post(
                "/storage_rpc/v1", #"{"method":"oxend_request","params":{"endpoint":"ons_resolve"}}"#
            ).status
        }
        let info = #"{"method":"info","params":{}}"#
        async let first = resolve()
        async let second = resolve()
        await turnstile.isWaited(by: 2)
        for path in ["/storage_rpc/v1", "/onion_req/v2"] {
            let refused = try await post(path, info)
            #expect(refused.status == 503)
            #expect(String(decoding: refused.body, as: UTF8.self) == "Server busy, try again later")
            #expect(refused.headers["Content-Type"] == "text/plain")
            #expect(refused.headers["Content-Length"] == "28")
            #expect(refused.headers["Server"] == "Oxen Storage Server/2.8.0")
            #expect(refused.headers["Date"]?.hasSuffix(" GMT") == true)
        }
        #expect(try await post("/ping_test/v1", "").status == 200, "no work, and never refused")
        await turnstile.letOnePass()
        // One of the two is done, and its place is free, as soon as the other is alone.
        var reply = try await post("/storage_rpc/v1", info)
        while reply.status == 503 { reply = try await post("/storage_rpc/v1", info) }
        #expect(reply.status == 200)
        await turnstile.letOnePass()
        #expect(try await [first, second] == [200, 200])

        running.cancel()
        _ = await running.result
        for transport in [transport, client, ledger] { await transport.close() }
        await process.shutdown()
    }
}
