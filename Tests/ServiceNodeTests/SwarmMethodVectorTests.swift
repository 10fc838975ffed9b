import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// The signatures of the vectors, a client's and a node's, on everything that changes what a swarm keeps (storage-node
/// §3.5, §3.6).
struct SwarmMethodVectorTests {
    private let account: TestAccount
    private let first: MessageHash
    private let second: MessageHash
    private let requests: [String: (method: String, parameters: JSON, text: Bytes)]

    /// The time of the vectors.
    private static let time: Int64 = 1_700_000_000_000

    init() throws {
        let account = try TestAccount()
        self.account = account
        let vector = try vectors("storage").need("account")
        let first = try #require(MessageHash(text: vector.text("h1")))
        let second = try #require(MessageHash(text: vector.text("h2")))
        (self.first, self.second) = (first, second)
        let time = Self.time
        let five = MailboxSelection.one(Namespace(5))
        requests = [
            "delete two": ("delete", account.delete([first, second]), SignedText.delete([first, second])),
            "delete_all ns 0": (
                "delete_all", account.deleteAll(.one(.inbox)), SignedText.deleteAll(.one(.inbox), timestamp: time)
            ),
            "delete_all ns 5": ("delete_all", account.deleteAll(five), SignedText.deleteAll(five, timestamp: time)),
            "delete_all all": ("delete_all", account.deleteAll(.all), SignedText.deleteAll(.all, timestamp: time)),
            "delete_before ns 0": (
                "delete_before", account.deleteBefore(.one(.inbox), time), SignedText.deleteBefore(.one(.inbox), time)
            ),
            "expire_all all": (
                "expire_all", account.expireAll(.all, time), SignedText.expireAll(.all, expiry: time)
            ),
            "expire": (
                "expire", account.expire([first, second], [time]),
                SignedText.expire(flag: nil, [time], [first, second])
            ),
            "expire shorten": (
                "expire", account.expire([first], [time], flag: "shorten"),
                SignedText.expire(flag: "shorten", [time], [first])
            ),
            "expire extend multi": (
                "expire", account.expire([first, second], [time, time + 1], flag: "extend"),
                SignedText.expire(flag: "extend", [time, time + 1], [first, second])
            ),
            "get_expiries": (
                "get_expiries", account.getExpiries([first.text, second.text]),
                SignedText.getExpiries(timestamp: time, [Bytes(first.text.utf8), Bytes(second.text.utf8)])
            ),
        ]
    }

    @Test("Every request the vectors sign has the text they give, and is accepted with their signature and no other")
    func requestSignatures() async throws {
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys)], revision: 4))
        for (name, request) in requests.sorted(by: { $0.key < $1.key }) {
            let vector = try vectors("storage").entry("request_signatures", named: name)
            let text = try vector.bytes("signed_hex")
            #expect(request.text == text, "\(name)")
            var fields = try #require(request.parameters.asObject)
            let good = try vector.text("signature_b64")
            fields["signature"] = .string(good)
            #expect(try await node.call(request.method, .object(fields)).count == 1, "\(name)")
            fields["signature"] = .string((good.hasPrefix("A") ? "B" : "A") + good.dropFirst())
            #expect(try await node.call(request.method, .object(fields)).first == "401", "\(name)")
        }
    }

    @Test("The subscription of the vectors carries the signature of the text that they give for it")
    func subscription() throws {
        let vector = try vectors("storage").entry("request_signatures", named: "monitor")
        let fields = try Bencode(parsing: vectors("storage").bytes("monitor_request_hex"))
        let list = try #require(fields["n"]?.asList)
        let text = SignedText.monitor(
            account.session, timestamp: try #require(fields["t"]?.asInteger), wantsData: fields["d"] == .integer(1),
            namespaces: try list.map { Namespace(Int16(try #require($0.asInteger))) })
        let (given, signature) = (try vector.bytes("signed_hex"), try vector.text("signature_b64"))
        #expect(text == given)
        #expect(fields["s"]?.asBytes.map { Base64.encode($0) } == signature)
        #expect(fields["P"]?.asBytes == account.keys.publicKey.bytes)
    }

    @Test("The subaccount of the vectors is the key of its token, which its account signs whole")
    func subaccount() throws {
        let vector = try vectors("storage").need("subaccount")
        let signed = try vectors("storage").entry("request_signatures", named: "subaccount token")
        let member = try Ed25519KeyPair(seed: vector.bytes("subaccount_seed"))
        let (key, text) = (try vector.text("subaccount_pubkey"), try vector.text("request_signed"))
        #expect(member.publicKey.hex == key)
        #expect(SignedText.retrieve(Namespace(11), timestamp: Self.time) == Bytes(text.utf8))
        let base64 = try Bytes(vector.text("token_b64").utf8)
        let token = try #require(Subaccount.token(base64, .json))
        let (given, inHex) = (try signed.bytes("signed_hex"), try vector.bytes("token_hex"))
        #expect(token == given && token == inHex)
        #expect(Bytes(token.suffix(32)) == member.publicKey.bytes)
        let signatures = try [vector.text("token_sig_b64"), signed.text("signature_b64")]
        #expect(signatures == Array(repeating: account.sign(token), count: 2))
    }

    @Test("A node signs what became of a request as the vectors have it")
    func nodeSignatures() async throws {
        let time = Self.time
        let both = [second, first].map(\.text)
        /// - Parameter kept: what is stored before: data, and milliseconds from the vectors' time to its end.
        func check(
            _ name: String, _ kept: [(data: String, rest: Int64)], _ method: String, _ parameters: JSON,
            _ expected: [String: JSON]
        ) async throws {
            let vector = try vectors("storage").need("node_response_signatures")
            let keys = NodeKeys(
                borrowing: TestNode.keys, ed25519: try Ed25519KeyPair(seed: vector.bytes("node_ed25519_seed")))
            let node = try TestNode(keys: keys, table: ledgerTable([ListedNode(keys)]))
            for (data, rest) in kept {
                let times: [String: JSON] = ["timestamp": .integer(time - 20_000), "ttl": .integer(20_000 + rest)]
                _ = try await node.result("store", account.store(data, extra: times))
            }
            let signature = try vector.entry("cases", named: name).need("signature_b64")
            #expect(
                try await node.entry(method, parameters).asObject == expected.merging(["signature": signature]) { $1 },
                "\(name)")
        }
        try await check(
            "delete req [h2,h1] deleted [h1]", [("hello", 9)], "delete", account.delete([second, first]),
            ["deleted": [.string(first.text)]])
        try await check(
            "delete_all", [("hello", 9), ("world", 9)], "delete_all", account.deleteAll(.one(.inbox)),
            ["deleted": .array(both.map(JSON.string))])
        try await check(
            "delete_before", [("hello", 9), ("world", 9)], "delete_before", account.deleteBefore(.one(.inbox), time),
            ["deleted": .array(both.map(JSON.string))])
        try await check(
            "expire_all", [("hello", 1), ("world", 2)], "expire_all", account.expireAll(.one(.inbox), time),
            ["updated": .array(both.map(JSON.string))])
        try await check(
            "expire extend, updated [h1], unchanged {h2: T+5}", [("hello", -1), ("world", 5)], "expire",
            account.expire([first, second], [time], flag: "extend"),
            [
                "updated": [.string(first.text)], "expiry": .integer(time),
                "unchanged": [second.text: .integer(time + 5)],
            ])
    }
}
