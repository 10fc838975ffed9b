import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// The requests of Session Desktop as it writes them, in onions of its kind, and what it looks for in the answers.
struct SessionDesktopTests {
    private let account: TestAccount
    private let node: TestNode

    init() throws {
        account = try TestAccount()
        node = try TestNode()
    }

    private var signingKey: JSON { .string(account.keys.publicKey.hex) }
    private var time: JSON { .integer(account.time) }

    /// Sends a call as the innermost request of an onion: AES-GCM without a name for it, a JSON-RPC envelope, and a
    /// body that is null in a control whose `headers` say nothing.
    /// - Returns: the answer's status and its body, which is JSON in a string.
    private func send(_ method: String, _ parameters: JSON) async throws -> (status: JSON?, body: JSON) {
        let client = try X25519KeyPair(secretKey: Bytes(repeating: 8, count: 32))
        let key = try OnionKey(client: client, node: node.state.keys.x25519.publicKey, cipher: .aesGCM)
        let call: JSON = ["jsonrpc": "2.0", "method": .string(method), "params": parameters]
        let layer = OnionFrame(
            blob: call.utf8, control: ["body": .null, "headers": ["Content-Type": "application/json"]])
        let entry = OnionFrame(
            blob: key.seal(layer.encoded, nonce: Bytes(repeating: 1, count: 12)),
            control: ["ephemeral_key": .string(client.publicKey.hex)])
        let reply = await node.post(
            "/onion_req/v2", entry.encoded, headers: ["user-agent": "WhatsApp", "accept-language": "en-us"])
        try #require(reply.status == 200)
        let sealed = try #require(Base64.decode(String(decoding: reply.body, as: UTF8.self)))
        let answer = try JSON(parsing: try key.open(sealed))
        return (answer["status"], try JSON(parsing: Bytes(answer.text("body").utf8)))
    }

    /// The bodies of a `batch` or `sequence` all of whose requests must succeed.
    private func bodies(_ method: String, _ requests: [(String, JSON)]) async throws -> [JSON] {
        let list = requests.map { JSON.object(["method": .string($0), "params": $1]) }
        let (status, body) = try await send(method, ["requests": .array(list)])
        #expect(status == 200)
        let results = try body.list("results")
        #expect(results.map { $0["code"] } == Array(repeating: 200, count: requests.count))
        return try results.map { try $0.need("body") }
    }

    private func retrieve(_ namespace: Int16, size: Int64, after hash: String = "") -> (String, JSON) {
        ("retrieve", account.retrieve(namespace, extra: ["last_hash": .string(hash), "max_size": .integer(size)]))
    }

    @Test("A poll of the own mailboxes brings each one's news with the node's time, and keeps the settings alive")
    func poll() async throws {
        let kept = account.hash("profile", 2)
        _ = try await node.result("store", account.store("hi"))
        _ = try await node.result("store", account.signedStore("profile", 2))
        let later = account.time + 30 * 86_400_000
        let own = [retrieve(0, size: -2)] + [2, 3, 5, 4].map { retrieve($0, size: -8) }
        let expire = ("expire", account.expire([kept], [later], flag: nil))
        let bodies = try await bodies("batch", own + [expire])
        for body in bodies.prefix(5) {
            #expect(body.asObject?.keys.sorted() == ["hf", "messages", "more", "t"])
            #expect(body["t"] == time)
            #expect(body["more"] == false)
        }
        let first = try #require(try bodies[0].list("messages").first)
        let hash = account.hash("hi").text
        #expect(
            first == [
                "hash": .string(hash), "data": .string(Base64.encode(Bytes("hi".utf8))), "timestamp": time,
                "expiration": .integer(account.time + 86_400_000),
            ])
        #expect(try bodies.prefix(5).map { try $0.list("messages").count } == [1, 1, 0, 0, 0])
        let entry = try bodies[5].need("swarm").need(TestNode.keys.ed25519.publicKey.hex)
        #expect(entry["updated"] == [.string(kept.text)])
        #expect(entry["expiry"] == .integer(later))

        let again = try await self.bodies("batch", [retrieve(0, size: -1, after: hash)])
        #expect(try again[0].list("messages").isEmpty)
    }

    @Test("A member's poll of a group carries its token in every request; a field nobody knows changes nothing")
    func groupPoll() async throws {
        let vector = try vectors("storage").need("subaccount")
        let member = try Ed25519KeyPair(seed: vector.bytes("subaccount_seed"))
        func signed(_ text: Bytes, _ fields: [String: JSON]) throws -> JSON {
            .object(
                [
                    "pubkey": .string(account.group.hex), "signature": .string(Base64.encode(member.sign(text))),
                    "subaccount": .string(try vector.text("token_b64")),
                    "subaccount_sig": .string(try vector.text("token_sig_b64")),
                ].merging(fields) { $1 })
        }
        var requests: [(String, JSON)] = try ([-11, 11, 13, 14, 12] as [Int16]).map { number in
            let text = SignedText.retrieve(Namespace(number), timestamp: account.time)
            return (
                "retrieve",
                try signed(
                    text,
                    [
                        "namespace": .integer(Int64(number)), "timestamp": time, "last_hash": "", "max_size": -8,
                    ])
            )
        }
        let data = Bytes("keys".utf8)
        let stored = try signed(
            SignedText.store(Namespace(12), timestamp: account.time),
            [
                "data": .string(Base64.encode(data)), "namespace": 12, "timestamp": time,
                "ttl": .integer(30 * 86_400_000),
            ])
        _ = try await node.result("store", stored)
        let hash = MessageHash(account: account.group, namespace: Namespace(12), data: data)
        let later = account.time + 30 * 86_400_000
        requests.append(
            (
                "expire",
                try signed(
                    SignedText.expire(flag: nil, [later], [hash]),
                    ["messages": [.string(hash.text)], "expiry": .integer(later), "extends": true])
            ))
        let bodies = try await bodies("batch", requests)
        #expect(try bodies.prefix(5).map { try $0.list("messages").count } == [0, 0, 0, 0, 1])
        let entry = try bodies[5].need("swarm").need(TestNode.keys.ed25519.publicKey.hex)
        #expect(entry.asObject?.keys.sorted() == ["expiry", "signature", "updated"])
    }

    @Test("What is sent in a sequence is confirmed with a hash and the node's time at the top of each body")
    func send() async throws {
        let old = account.hash("old", 3)
        _ = try await node.result("store", account.signedStore("old", 3))
        let bodies = try await bodies(
            "sequence",
            [
                ("store", account.store("message", extra: ["namespace": 0, "ttl": .integer(14 * 86_400_000)])),
                ("store", account.signedStore("new", 3, extra: ["ttl": .integer(30 * 86_400_000)])),
                ("delete", account.delete([old])),
            ])
        #expect(bodies[0]["hash"] == .string(account.hash("message").text))
        #expect(bodies[1]["hash"] == .string(account.hash("new", 3).text))
        #expect(bodies.map { $0["t"] } == [time, time, time])
        let entry = try bodies[2].need("swarm").need(TestNode.keys.ed25519.publicKey.hex)
        #expect(entry["deleted"] == [.string(old.text)])
    }

    @Test("Expiries are asked for and everything is deleted under a signing key in capitals")
    func capitals() async throws {
        let capitals = JSON.string(account.keys.publicKey.hex.uppercased())
        let hash = account.hash("hi")
        _ = try await node.result("store", account.store("hi"))
        let expiries = try await bodies(
            "batch", [("get_expiries", account.getExpiries([hash.text], extra: ["pubkey_ed25519": capitals]))])
        #expect(expiries == [["expiries": [hash.text: .integer(account.time + 86_400_000)]]])
        let soon = account.time + 60_000
        let shortened = try await bodies("sequence", [("expire", account.expire([hash], [soon], flag: "shorten"))])
        let changed = try shortened[0].need("swarm").need(TestNode.keys.ed25519.publicKey.hex)
        #expect(changed["updated"] == [.string(hash.text)])
        #expect(changed["unchanged"] == [:])
        let (status, body) = try await send(
            "delete_all", account.deleteAll(.all, extra: ["pubkey_ed25519": capitals]))
        #expect(status == 200)
        let entry = try body.need("swarm").need(TestNode.keys.ed25519.publicKey.hex)
        #expect(entry["deleted"] == ["0": [.string(hash.text)]])
    }

    @Test("A swarm is looked up in a batch of one, with all that a client makes paths of")
    func swarm() async throws {
        let bodies = try await bodies("batch", [("get_swarm", ["pubkey": .string(account.session.hex)])])
        #expect(bodies[0].asObject?.keys.sorted() == ["hf", "snodes", "swarm", "t"])
        let member = try #require(try bodies[0].list("snodes").first)
        #expect(
            member.asObject?.keys.sorted() == [
                "address", "ip", "port", "port_https", "port_omq", "pubkey_ed25519", "pubkey_legacy",
                "pubkey_x25519",
            ])
        #expect(member["port"]?.asString == member["port_https"]?.asInteger.map(String.init))
        #expect(member["pubkey_x25519"] == .string(TestNode.keys.x25519.publicKey.hex))
    }

    @Test("A clock that is wrong and a signature that is wrong are told apart inside a poll")
    func refusals() async throws {
        let old = account.time - 100_000
        let stale = SignedText.retrieve(.inbox, timestamp: old)
        let requests: JSON = [
            "requests": [
                [
                    "method": "retrieve",
                    "params": account.retrieve(
                        0, extra: ["timestamp": .integer(old), "signature": .string(account.sign(stale))]),
                ],
                ["method": "retrieve", "params": account.retrieve(2, extra: ["namespace": 3])],
            ]
        ]
        let (status, body) = try await send("batch", requests)
        #expect(status == 200)
        #expect(
            try body.list("results") == [
                ["body": "retrieve timestamp too far from current time", "code": 406],
                ["body": "retrieve signature verification failed", "code": 401],
            ])
    }
}
