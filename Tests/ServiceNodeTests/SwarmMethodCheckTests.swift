import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// What is checked of a sound request before anything is changed (storage-node §3.4, §3.5, §5).
struct SwarmMethodCheckTests {
    private let account: TestAccount
    private let hash: MessageHash
    private let time: Int64

    init() throws {
        account = try TestAccount()
        hash = account.hash("a")
        time = account.time
    }

    /// One method as a table runs through it.
    struct Method: Sendable, CustomTestStringConvertible {
        var name: String
        /// With a time that lies so many milliseconds from now; methods without a time pass over it.
        var request: @Sendable (TestAccount, _ offset: Int64) -> JSON
        var failedSignature: String
        var testDescription: String { name }
    }

    private static let methods = [
        Method(
            name: "delete", request: { account, _ in account.delete([account.hash("a")]) },
            failedSignature: "delete_msgs signature verification failed"),
        Method(
            name: "delete_all", request: { $0.deleteAll(.all, at: $0.time + $1) },
            failedSignature: "delete_all signature verification failed"),
        Method(
            name: "delete_before", request: { $0.deleteBefore(.all, $0.time + $1) },
            failedSignature: "delete_before signature verification failed"),
        Method(
            name: "expire_all", request: { $0.expireAll(.all, $0.time + $1) },
            failedSignature: "expire_all signature verification failed"),
        Method(
            name: "expire", request: { $0.expire([$0.hash("a")], [$0.time + $1]) },
            failedSignature: "expire: signature verification failed"),
        Method(
            name: "get_expiries", request: { $0.getExpiries([$0.hash("a").text], at: $0.time + $1) },
            failedSignature: "get_expiries signature verification failed"),
    ]

    @Test("A wrong signature has the method's own text, under 401", arguments: methods)
    func signatures(method: Method) async throws {
        var fields = try #require(method.request(account, 0).asObject)
        fields["signature"] = StoreParameterTests.signature
        #expect(try await TestNode().call(method.name, .object(fields)) == ["401", method.failedSignature])
    }

    @Test("A node of another swarm says who to ask, before it looks at anything else", arguments: methods)
    func wrongSwarm(method: Method) async throws {
        let others = NodeKeys(networkSeed: 7, name: "elsewhere")
        let table = ledgerTable([ListedNode(TestNode.keys, swarm: 0x10), ListedNode(others, swarm: 0x20)])
        var fields = try #require(method.request(account, -1_000_000).asObject)
        fields["signature"] = StoreParameterTests.signature
        let reply = try await TestNode(table: table).call(method.name, .object(fields))
        #expect(reply.first == "421")
        let body = try JSON(parsing: Bytes(try #require(reply.last).utf8))
        #expect(body["swarm"] == "20")
        #expect(try body.list("snodes").first?["pubkey_ed25519"] == .string(others.ed25519.publicKey.hex))
        #expect(body.asObject?.keys.sorted() == ["hf", "snodes", "swarm", "t"])
    }

    @Test(
        "Every method has its own bounds of time, its own status and its own text",
        arguments: [
            (
                "delete_all", [-60_000, 60_000], [-60_001, 60_001], "406",
                "delete_all timestamp too far from current time"
            ),
            (
                "delete_before", [-1_000_000, 60_000], [60_001], "401",
                "delete_before timestamp too far in the future"
            ),
            (
                "expire_all", [-60_000, 9_000_000], [-60_001], "406",
                "expire_all timestamp should be >= current time"
            ),
            ("expire", [-60_000, 9_000_000], [-60_001], "401", "expire: timestamp should be >= current time"),
            (
                "get_expiries", [-60_000, 60_000], [-60_001, 60_001], "406",
                "get_expiries timestamp too far from current time"
            ),
        ] as [(String, [Int64], [Int64], String, String)])
    func times(name: String, allowed: [Int64], refused: [Int64], status: String, text: String) async throws {
        let node = try TestNode()
        let method = try #require(Self.methods.first { $0.name == name })
        for offset in allowed {
            #expect(try await node.call(name, method.request(account, offset)).count == 1, "\(offset)")
        }
        for offset in refused {
            var fields = try #require(method.request(account, offset).asObject)
            fields["signature"] = StoreParameterTests.signature
            #expect(try await node.call(name, .object(fields)) == [status, text], "\(offset)")
        }
    }

    @Test("One stale expiry among several is enough to be refused")
    func staleAmongSeveral() async throws {
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys)], revision: 4))
        let request = account.expire([hash, account.hash("b")], [time, time - 60_001])
        #expect(try await node.call("expire", request) == ["401", "expire: timestamp should be >= current time"])
    }

    @Test(
        "A copy from a swarm peer may be ten seconds older where the reference grants it, and only there",
        arguments: [
            ("delete_all", -70_000, true), ("delete_all", 70_000, true), ("delete_all", -70_001, false),
            ("expire_all", -70_000, true), ("expire_all", -70_001, false), ("expire", -60_001, false),
            ("delete_before", 60_001, false),
        ] as [(String, Int64, Bool)])
    func copies(name: String, offset: Int64, isAllowed: Bool) async throws {
        let peer = NodeKeys(networkSeed: 7, name: "sn2")
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys), ListedNode(peer)]))
        let method = try #require(Self.methods.first { $0.name == name })
        let reply = try await node.frames(
            "sn.storage_cc", [Bytes(name.utf8), method.request(account, offset).bencodedRequest.encoded],
            from: peer.x25519.publicKey)
        #expect((reply?.count == 1) == isAllowed)
        if isAllowed, let entry = try Bencode(parsing: try #require(reply?.first)).asDictionary {
            #expect(entry["signature"]?.asBytes?.count == 64)
            #expect(entry["t"] == nil && entry["swarm"] == nil)
        }
    }

    /// What the account's owner adds for a key with these rights: token and both signatures.
    private func delegated(_ text: Bytes, flags: UInt8) throws -> [String: JSON] {
        let keys = try Ed25519KeyPair(seed: Bytes(repeating: 3, count: 32))
        let token = [account.session.prefix, flags, 0, 0] + keys.publicKey.bytes
        return [
            "signature": .string(Base64.encode(keys.sign(text))), "subaccount": .string(Base64.encode(token)),
            "subaccount_sig": .string(account.sign(token)),
        ]
    }

    @Test(
        "A subaccount needs the right to delete, or for reading expiries the right to read",
        arguments: [0, 1, 2, 3, 4, 7] as [UInt8])
    func rights(flags: UInt8) async throws {
        let node = try TestNode()
        let calls: [(name: String, request: JSON, text: Bytes, needed: UInt8)] = [
            ("delete", account.delete([hash]), SignedText.delete([hash]), 4),
            ("delete_all", account.deleteAll(.all), SignedText.deleteAll(.all, timestamp: time), 4),
            ("delete_before", account.deleteBefore(.all, time), SignedText.deleteBefore(.all, time), 4),
            ("expire_all", account.expireAll(.all, time), SignedText.expireAll(.all, expiry: time), 4),
            ("expire", account.expire([hash], [time]), SignedText.expire(flag: nil, [time], [hash]), 2),
            (
                "get_expiries", account.getExpiries([hash.text]),
                SignedText.getExpiries(timestamp: time, [Bytes(hash.text.utf8)]), 1
            ),
        ]
        for call in calls {
            let fields = try #require(call.request.asObject).merging(delegated(call.text, flags: flags)) { $1 }
            let reply = try await node.call(call.name, .object(fields))
            if flags & call.needed == call.needed {
                #expect(reply.count == 1, "\(call.name)")
            } else {
                let text = try #require(Self.methods.first { $0.name == call.name }).failedSignature
                #expect(reply == ["401", text])
            }
        }
    }

    @Test("A revoked token has no rights left; another of the same key keeps its own")
    func revoked() async throws {
        let node = try TestNode()
        let text = SignedText.delete([hash])
        func request(flags: UInt8) throws -> JSON { account.delete([hash], extra: try delegated(text, flags: flags)) }
        let token = try #require(Base64.decode(try request(flags: 4).text("subaccount")))
        #expect(try await node.call("delete", request(flags: 4)).count == 1)
        try await node.store.revoke([token], of: account.session, at: time)
        #expect(
            try await node.call("delete", request(flags: 4)) == ["401", "delete_msgs signature verification failed"])
        #expect(try await node.call("delete", request(flags: 5)).count == 1)
        #expect(try await node.call("delete", account.delete([hash])).count == 1)
    }

    @Test("A subaccount that may only write extends, whatever it asks; shortening is refused after its signature")
    func writeOnly() async throws {
        let node = try TestNode()
        let day: Int64 = 86_400_000
        let (short, long) = (account.hash("short"), account.hash("long"))
        for (data, days) in [("short", 1), ("long", 3)] as [(String, Int64)] {
            _ = try await node.result("store", account.store(data, extra: ["ttl": .integer(days * day)]))
        }
        let expiry = time + 2 * day
        func request(_ flag: String?, flags: UInt8) throws -> JSON {
            let text = SignedText.expire(flag: flag, [expiry], [short, long])
            return account.expire(
                [short, long], [expiry], flag: flag, extra: try delegated(text, flags: flags))
        }
        let entry = try await node.entry("expire", request(nil, flags: 2))
        #expect(entry["updated"] == TestAccount.names([short]))
        #expect(entry["unchanged"] == nil)
        let signature = try #require(Base64.decode(entry.text("signature")))
        let signed = SignedEntry.expire(
            account.session, [expiry], requested: [short, long], updated: [short], unchanged: [])
        #expect(TestNode.keys.ed25519.publicKey.verifies(signature, of: signed))
        #expect(try await node.expiries(account) == [expiry, time + 3 * day])
        let missing = "expire: shorten parameter cannot be used with this subaccount token (missing delete access)"
        #expect(try await node.call("expire", request("shorten", flags: 2)) == ["400", missing])
        let forged = try #require(try request("shorten", flags: 2).asObject)
            .merging(["signature": StoreParameterTests.signature]) { $1 }
        #expect(try await node.call("expire", .object(forged)) == ["401", "expire: signature verification failed"])
        #expect(try await node.entry("expire", request("extend", flags: 2))["unchanged"] != nil)
        #expect(try await node.entry("expire", request("shorten", flags: 6))["updated"] == TestAccount.names([long]))
        #expect(try await node.expiries(account) == [expiry, expiry])
        #expect(try await node.entry("expire", request(nil, flags: 6))["updated"]?.asArray?.count == 2)
    }
}
