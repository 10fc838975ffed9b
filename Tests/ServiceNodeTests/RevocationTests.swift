import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// Subaccounts that lose what they may do, and get it back (storage-node §3.5, §3.6, §5).
struct RevocationTests {
    private let account: TestAccount
    private let vector: JSON
    private let token: Bytes
    private let subaccount: Ed25519KeyPair

    init() throws {
        account = try TestAccount()
        vector = try vectors("storage").need("subaccount")
        token = try vector.bytes("token_hex")
        subaccount = try Ed25519KeyPair(seed: vector.bytes("subaccount_seed"))
    }

    /// Parameters of either method, signed by the group's owner.
    private func order(
        _ method: String, _ tokens: [Bytes], at time: Int64? = nil, extra: [String: JSON] = [:]
    ) -> JSON {
        let time = time ?? account.time
        let text = SignedText.revocation(method, timestamp: time, tokens)
        return .object(
            [
                "pubkey": .string(account.group.hex), "timestamp": .integer(time),
                "signature": .string(account.sign(text)),
                method == "revoke_subaccount" ? "revoke" : "unrevoke": .array(tokens.map { .string(Hex.encode($0)) }),
            ].merging(extra) { $1 })
    }

    private func block(_ text: Bytes, _ token: Bytes) -> [String: JSON] {
        [
            "pubkey": .string(account.group.hex), "pubkey_ed25519": .null,
            "signature": .string(Base64.encode(subaccount.sign(text))), "subaccount": .string(Base64.encode(token)),
            "subaccount_sig": .string(account.sign(token)),
        ]
    }

    private func retrieve(_ namespace: Int16, as token: Bytes) -> JSON {
        let text = SignedText.retrieve(Namespace(namespace), timestamp: account.time)
        return account.retrieve(namespace, extra: block(text, token))
    }

    private func store(_ namespace: Int16, as token: Bytes) -> JSON {
        let text = SignedText.store(Namespace(namespace), timestamp: account.time)
        return account.store(extra: ["namespace": .integer(Int64(namespace))].merging(block(text, token)) { $1 })
    }

    private func own(_ reply: JSON, _ keys: NodeKeys = TestNode.keys) throws -> [String: JSON] {
        try #require(reply["swarm"]?[keys.ed25519.publicKey.hex]?.asObject, "no entry of this node")
    }

    @Test("The requests of the vectors are accepted, and the node signs what the vectors say")
    func vectorRequests() async throws {
        let seed = try vectors("storage").need("node_response_signatures")
        let keys = NodeKeys(
            borrowing: TestNode.keys, ed25519: try Ed25519KeyPair(seed: seed.bytes("node_ed25519_seed")))
        let node = try TestNode(keys: keys, table: ledgerTable([ListedNode(keys)]))
        let signed = try vectors("storage").entry("request_signatures", named: "revoke_subaccount")
        let parameters = try order(
            "revoke_subaccount", [token], extra: ["signature": .string(signed.text("signature_b64"))])
        let entry = try own(await node.result("revoke_subaccount", parameters), keys)
        #expect(entry == ["signature": .string(try seed.entry("cases", named: "revoke").text("signature_b64"))])

        let back = try vectors("storage").entry("request_signatures", named: "unrevoke_subaccount")
        let again = try order(
            "unrevoke_subaccount", [token],
            extra: ["signature": .string(back.text("signature_b64")), "unrevoke": .string(vector.text("token_b64"))])
        for count in [1, 0] as [JSON] {
            let reply = try await node.result("unrevoke_subaccount", again)
            #expect(reply.asObject?.keys.sorted() == ["hf", "swarm", "t"])
            #expect(try own(reply, keys)["count"] == count)
            #expect(try own(reply, keys)["signature"] == entry["signature"])
        }
    }

    @Test("A revoked token may neither read nor write, even of an account without messages, until it is given back")
    func revoked() async throws {
        let node = try TestNode()
        _ = try await node.result("retrieve", retrieve(11, as: token))
        _ = try await node.result("revoke_subaccount", order("revoke_subaccount", [token]))
        #expect(
            try await node.call("retrieve", retrieve(11, as: token)) == [
                "401", "retrieve signature verification failed",
            ])
        #expect(try await node.call("store", store(11, as: token)) == ["401", "store signature verification failed"])
        _ = try await node.result("unrevoke_subaccount", order("unrevoke_subaccount", [token]))
        _ = try await node.result("retrieve", retrieve(11, as: token))
        _ = try await node.result("store", store(11, as: token))
    }

    @Test(
        "Only that very token is revoked, only for that account, and not for reading what is unrevocable",
        arguments: [(11, 0x03, false), (11, 0x07, true), (-11, 0x03, true), (-111, 0x03, true), (-12, 0x03, false)]
            as [(Int16, UInt8, Bool)])
    func others(namespace: Int16, flags: UInt8, isAllowed: Bool) async throws {
        let node = try TestNode()
        _ = try await node.result("revoke_subaccount", order("revoke_subaccount", [token]))
        var other = token
        other[1] = flags
        #expect(try await (node.call("retrieve", retrieve(namespace, as: other)).count == 1) == isAllowed)
        if isAllowed, namespace < 0 {
            let refused = try await node.call("store", store(namespace, as: other))
            #expect(refused == ["401", "store signature verification failed"], "writing there stays revoked")
        }
        let text = SignedText.retrieve(Namespace(namespace), timestamp: account.time)
        let byOwner: [String: JSON] = [
            "pubkey": .string(account.group.hex), "pubkey_ed25519": .null, "signature": .string(account.sign(text)),
        ]
        _ = try await node.result("retrieve", account.retrieve(namespace, extra: byOwner))
    }

    @Test("Fifty tokens may be revoked at once and stay revoked; the oldest of fifty-one is good again")
    func fifty() async throws {
        let node = try TestNode()
        let tokens = (0..<51).map { [3, 3, 0, 0] + Bytes(repeating: UInt8($0), count: 32) }
        _ = try await node.result("revoke_subaccount", order("revoke_subaccount", [token]))
        _ = try await node.result("revoke_subaccount", order("revoke_subaccount", []))
        node.clock.advance(by: .milliseconds(1))
        _ = try await node.result("revoke_subaccount", order("revoke_subaccount", Array(tokens[..<49])))
        #expect(try await node.call("retrieve", retrieve(11, as: token)).count == 2)
        _ = try await node.result("revoke_subaccount", order("revoke_subaccount", [tokens[49]]))
        _ = try await node.result("retrieve", retrieve(11, as: token))
        #expect(
            try await node.call("revoke_subaccount", order("revoke_subaccount", tokens))
                == ["400", "invalid request: invalid revoke: cannot revoke more than 50 subaccounts at once"])
        let all = try await node.result("unrevoke_subaccount", order("unrevoke_subaccount", tokens))
        #expect(try own(all)["count"] == 50)
    }

    @Test(
        "Parameters are checked in the reference's order",
        arguments: [
            (["timestamp": "x", "revoke": 1], "Invalid value given for 'revoke': expected string array"),
            (["timestamp": "x"], "Invalid value given for 'timestamp': expected integer timestamp (in milliseconds)"),
            (["pubkey": .null, "revoke": .null], "Required field 'pubkey' missing"),
            (["signature": .null, "revoke": .null], "Required field 'signature' missing"),
            (["revoke": .null, "timestamp": .null], "Required field 'revoke' missing"),
            (
                ["revoke": ["00"], "timestamp": .null],
                "invalid revoke: expected base64 or hex-encoded subaccount tag"
            ),
            (["timestamp": .null], "Required field 'timestamp' missing"),
            (["timestamp": 1_700_000_00], "Invalid timestamp for 'timestamp': timestamp must be in milliseconds"),
        ] as [([String: JSON], String)])
    func parameters(extra: [String: JSON], problem: String) async throws {
        let parameters = order("revoke_subaccount", [token], extra: extra)
        #expect(try await TestNode().call("revoke_subaccount", parameters) == ["400", "invalid request: \(problem)"])
    }

    @Test(
        "To give access back the time is asked for before the tokens, of which there may be many",
        arguments: [
            (["unrevoke": .null, "timestamp": .null], "Required field 'timestamp' missing"),
            (["unrevoke": .null], "Required field 'unrevoke' missing"),
            (["unrevoke": "zz"], "invalid unrevoke: expected base64 or hex-encoded subaccount tag"),
        ] as [([String: JSON], String)])
    func unrevokeParameters(extra: [String: JSON], problem: String) async throws {
        let parameters = order("unrevoke_subaccount", [token], extra: extra)
        let node = try TestNode()
        #expect(try await node.call("unrevoke_subaccount", parameters) == ["400", "invalid request: \(problem)"])
        let many = Array(repeating: token, count: 60)
        _ = try await node.result("unrevoke_subaccount", order("unrevoke_subaccount", many))
    }

    @Test("In bencode tokens are raw bytes")
    func bencode() async throws {
        let node = try TestNode()
        var fields: [String: Bencode] = [
            "pubkey": .bytes(account.group.bytes), "revoke": .list([.bytes(token)]),
            "signature": .bytes(
                account.keys.sign(SignedText.revocation("revoke_subaccount", timestamp: account.time, [token]))),
            "timestamp": .integer(account.time),
        ]
        #expect(try await node.call("revoke_subaccount", bencode: .dictionary(fields)).count == 1)
        #expect(try await node.call("retrieve", retrieve(11, as: token)).first == "401")
        fields["revoke"] = .bytes(Bytes(try vector.text("token_b64").utf8))
        #expect(
            try await node.call("revoke_subaccount", bencode: .dictionary(fields))
                == ["400", "invalid request: invalid revoke subaccount: invalid subaccount tag length"])
    }

    @Test("The signature has to be the owner's and of now; a subaccount's is none", arguments: ["revoke", "unrevoke"])
    func signatures(verb: String) async throws {
        let method = "\(verb)_subaccount"
        let node = try TestNode()
        for skew in [-60_001, 60_001] as [Int64] {
            #expect(
                try await node.call(method, order(method, [token], at: account.time + skew))
                    == ["406", "\(method) timestamp too far from current time"])
        }
        for skew in [-60_000, 60_000] as [Int64] {
            _ = try await node.result(method, order(method, [token], at: account.time + skew))
        }
        let text = SignedText.revocation(method, timestamp: account.time, [token])
        let refused = ["401", "\(method) signature verification failed"]
        let bySubaccount = block(text, [3, 0x0f] + token[2...])
        #expect(try await node.call(method, order(method, [token], extra: bySubaccount)) == refused)
        let other: [String: JSON] = [verb: [.string(Hex.encode([3, 1] + token[2...]))]]
        #expect(try await node.call(method, order(method, [token], extra: other)) == refused)
    }

    @Test("Another swarm's account is sent there before its time is looked at")
    func wrongSwarm() async throws {
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys, swarm: ListedNode.decommissioned)]))
        let late = order("revoke_subaccount", [token], at: account.time - 100_000)
        #expect(try await node.call("revoke_subaccount", late).first == "421")
    }

    @Test("A database that fails is an entry of a revocation, and the end of a subaccount's request")
    func failingStore() async throws {
        let node = try TestNode()
        await node.store.close()
        let entry = try own(await node.result("revoke_subaccount", order("revoke_subaccount", [token])))
        #expect(entry["failed"] == true)
        #expect(entry["query_failure"] == true)
        #expect(try await node.call("retrieve", retrieve(11, as: token)) == ["500", "request failed"])
    }

    @Test("The whole swarm revokes: every member says so itself, and none lets the token in")
    func everywhere() async throws {
        let swarm = try TestSwarm(3)
        let tokens = [Bytes(repeating: 9, count: 36), token]
        try await swarm.running {
            let reply = try await swarm.call(
                swarm.members[0], "revoke_subaccount", order("revoke_subaccount", tokens))
            let text = SignedEntry.revocation(account.group, account.time, tokens)
            for member in swarm.members {
                let entry = try own(reply, member.keys)
                let signature = try #require(Base64.decode(entry["signature"]?.asString ?? ""))
                #expect(member.keys.ed25519.publicKey.verifies(signature, of: text))
                let refused = await swarm.request(
                    member, "storage.retrieve", [retrieve(11, as: token).utf8])
                #expect(refused == .reply(["401", "retrieve signature verification failed"].map { Bytes($0.utf8) }))
            }
            let back = try await swarm.call(
                swarm.members[1], "unrevoke_subaccount", order("unrevoke_subaccount", tokens))
            for member in swarm.members { #expect(try own(back, member.keys)["count"] == 2) }
        }
    }
}
