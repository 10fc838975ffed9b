import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// The complete onions of the vectors, served by three nodes that hold their keys (storage-node §7).
struct OnionVectorTests {
    /// Gives the vector's nonce to whoever draws.
    private struct FixedRandomness: Randomness {
        let value: Bytes
        func next() -> UInt64 { 0 }
        func bytes(_ count: Int) -> Bytes { Bytes(value.prefix(count)) }
    }

    private let vector: JSON
    private let path: [JSON]

    init() throws {
        vector = try vectors("onion")
        path = try #require(vector.list("full_onions").first).list("path")
    }

    /// Guard, middle and final node of the vectors.
    private func nodes(
        nonce: Bytes, server: @escaping TestTransport.Server = { _ in .failure(.closed) }
    ) throws -> [TestNode] {
        let keys = try path.map {
            NodeKeys(
                borrowing: NodeKeys(networkSeed: 9, name: try $0.text("name")),
                x25519: try X25519KeyPair(secretKey: $0.bytes("x25519_seckey")))
        }
        let listed = try zip(keys, path).map { keys, vector in
            var node = ListedNode(keys)
            node.ed25519 = try vector.text("ed25519_pubkey")
            return node
        }
        let links = TestPath()
        return try keys.map { keys in
            let caller = keys.x25519.publicKey
            let node = try TestNode(
                keys: keys, table: ledgerTable(listed), randomness: FixedRandomness(value: nonce),
                transport: TestTransport(server: server, answer: { await links.answer($0, from: caller) }))
            links.add(node)
            return node
        }
    }

    private func checkHops(_ onion: JSON, _ nodes: [TestNode]) throws {
        for (hop, node) in zip(try onion.list("sn_onion_request"), nodes) {
            let sent = node.transport.requests("sn.onion_request")
            let expected = try hop.bytes("part0_hex")
            #expect(sent.map(\.parts) == [[expected]])
            #expect(sent.first?.timeout == .seconds(30))
        }
    }

    @Test("The mixed-cipher onion passes three nodes hop by hop and is answered with the vector's bytes")
    func mixed() async throws {
        let onion = try vector.entry("full_onions", named: "mixed")
        let nodes = try nodes(nonce: onion.bytes("response_nonce"))
        let reply = await nodes[0].post("/onion_req/v2", try onion.bytes("https_post_body_hex"))
        #expect(reply.status == 200)
        let expected = try onion.bytes("response_wire_hex")
        #expect(reply.body == expected)
        try checkHops(onion, nodes)
        let ephemeral = try onion.list("ephemeral")[2]
        let client = try X25519KeyPair(secretKey: ephemeral.bytes("seckey"))
        let key = try OnionKey(
            client: client, node: nodes[2].state.keys.x25519.publicKey, cipher: .aesCBC)
        let opened = String(decoding: try key.open(reply.body), as: UTF8.self)
        let plaintext = try onion.text("response_plaintext")
        #expect(opened == plaintext)
    }

    @Test("The server relay posts the vector's layer, whole, to the vector's address, and brings back what came")
    func relay() async throws {
        let onion = try #require(vector.list("full_onions").last)
        let nodes = try nodes(
            nonce: [], server: { _ in .success(HTTPReply(status: 418, body: Bytes("tea".utf8))) })
        let reply = await nodes[0].post("/onion_req/v2", try onion.bytes("https_post_body_hex"))
        #expect(reply.body == Bytes("tea".utf8))
        try checkHops(onion, nodes)
        let post = try #require(nodes[2].transport.posts.first)
        let url = try onion.text("exit_http_post_url")
        let body = try onion.bytes("exit_http_post_body_hex")
        #expect(post.url == url)
        #expect(post.body == body)
        #expect(reply.status == 500, "over the message queue only known statuses survive")
    }
}
