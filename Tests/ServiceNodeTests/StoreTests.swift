import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// `store` at one node: checks, texts, and the exact answer (storage-node §3.3–§3.6, §4).
struct StoreTests {
    /// A node with the signing key of the vectors.
    private static func vectorNode() throws -> TestNode {
        let vector = try vectors("storage").need("node_response_signatures")
        let keys = NodeKeys(
            borrowing: TestNode.keys, ed25519: try Ed25519KeyPair(seed: vector.bytes("node_ed25519_seed")))
        return try TestNode(keys: keys, table: ledgerTable([ListedNode(keys)]))
    }

    @Test("A new message is answered literally, with the node signature of the vectors; a second time it is `already`")
    func literalReply() async throws {
        let node = try Self.vectorNode()
        let account = try TestAccount()
        let signature = try vectors("storage").need("node_response_signatures").entry("cases", named: "store")
            .text("signature_b64")
        func reply(already: String, expiry: Int64 = 1_700_086_400_000) -> String {
            #"{"hash":"MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8","hf":[19,3],"#
                + #""swarm":{"2e0bf2cf9c5ab1940cf3b35b2f8bd69c17b5eb200e40df53bfbef41dfd0748d3":{"#
                + already + #""expiry":\#(expiry),"hash":"MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8","#
                + #""signature":"\#(signature)","t":1700000000000}},"t":1700000000000}"#
        }
        #expect(try await node.call("store", account.store()) == [reply(already: "")])
        #expect(try await node.call("store", account.store()) == [reply(already: #""already":true,"#)])
        #expect(
            try await node.call("store", account.store(extra: ["ttl": 86_400_001]))
                == [reply(already: #""already":true,"#, expiry: 1_700_086_400_001)])
        #expect(
            try await node.call("store", account.store(extra: ["ttl": 20_000]))
                == [reply(already: #""already":true,"#, expiry: 1_700_086_400_001)])
        #expect(try await node.store.messages(afterRow: 0, limit: 9).count == 1)
    }

    @Test("A bencoded store is answered in bencode, with raw signatures and 1 for true")
    func bencodedReply() async throws {
        let node = try Self.vectorNode()
        let request = try vectors("storage").need("sn_storage_cc").bytes("part1_hex")
        let signature = try #require(
            Base64.decode(
                try vectors("storage").need("node_response_signatures").entry("cases", named: "store")
                    .text("signature_b64")))
        for isSecond in [false, true] {
            let frames = try #require(try await node.frames("storage.store", [request]))
            #expect(frames.count == 1)
            let reply = try Bencode(parsing: frames[0])
            let own = reply["swarm"]?["2e0bf2cf9c5ab1940cf3b35b2f8bd69c17b5eb200e40df53bfbef41dfd0748d3"]
            #expect(own?["signature"] == .bytes(signature))
            #expect(own?["already"] == (isSecond ? .integer(1) : nil))
            #expect(reply["hf"] == .list([.integer(19), .integer(3)]))
            #expect(reply["t"] == .integer(1_700_000_000_000))
            #expect(reply["hash"] == own?["hash"])
        }
    }

    @Test("Every vector of the message hash comes out of a store under its account, namespace and data")
    func hashes() async throws {
        for vector in try vectors("storage").list("message_hash") {
            let node = try TestNode()
            let account = try TestAccount()
            let namespace = Int16(try #require(vector["namespace"]?.asInteger))
            let pubkey = try vector.text("pubkey")
            var extra: [String: JSON] = [
                "pubkey": .string(pubkey), "namespace": .integer(Int64(namespace)),
                "data": .string(Base64.encode(try vector.bytes("data_hex"))),
                "signature": .string(account.sign(SignedText.store(Namespace(namespace), timestamp: account.time))),
            ]
            if pubkey.hasPrefix("05") { extra["pubkey_ed25519"] = .string(account.keys.publicKey.hex) }
            let reply = try await node.result("store", account.store(extra: extra))
            let expected = try vector.text("hash")
            #expect(try reply.text("hash") == expected, "\(vector.text)")
        }
    }

    @Test(
        "Signed stores of the vectors are accepted, and a byte of the signature less is not",
        arguments: [("store ns 2", 2), ("store ns -1", -1)])
    func signedVectors(name: String, namespace: Int64) async throws {
        let vector = try vectors("storage").entry("request_signatures", named: name)
        let account = try TestAccount()
        let pubkey = try vector.text("pubkey")
        let good = try vector.text("signature_b64")
        var extra: [String: JSON] = [
            "pubkey": .string(pubkey), "namespace": .integer(namespace), "signature": .string(good),
        ]
        if pubkey.hasPrefix("05") { extra["pubkey_ed25519"] = .string(account.keys.publicKey.hex) }
        let node = try TestNode()
        _ = try await node.result("store", account.store(extra: extra))
        extra["signature"] = .string((good.hasPrefix("A") ? "B" : "A") + good.dropFirst())
        #expect(
            try await node.call("store", account.store(extra: extra)) == ["401", "store signature verification failed"])
    }

    /// 1 day before, at and after each limit.
    @Test(
        "Lifetimes from ten seconds to the namespace's limit are allowed, and no others",
        arguments: [
            (0, 9_999, false), (0, 10_000, true), (0, 14 * 86_400_000, true), (0, 14 * 86_400_000 + 1, false),
            (-10, 14 * 86_400_000 + 1, false), (2, 14 * 86_400_000 + 1, true), (2, 30 * 86_400_000, true),
            (2, 30 * 86_400_000 + 1, false), (-1, 30 * 86_400_000, true), (0, 0, false), (0, Int64.max, false),
        ] as [(Int16, Int64, Bool)])
    func lifetime(namespace: Int16, ttl: Int64, isAllowed: Bool) async throws {
        let reply = try await TestNode().call(
            "store", TestAccount().signedStore("m", namespace, extra: ["ttl": .integer(ttl)]))
        #expect((reply.count == 1) == isAllowed)
        if !isAllowed { #expect(reply == ["403", "Provided expiry/TTL is not valid."]) }
    }

    @Test(
        "A clock ten seconds ahead and a message just expired are tolerated, and no more",
        arguments: [
            (10_000, 86_400_000, true), (10_001, 86_400_000, false), (-20_000, 10_000, true), (-20_001, 10_000, false),
            (-86_400_000, 86_400_000, true), (-864_000_000, 86_400_000, false),
        ] as [(Int64, Int64, Bool)])
    func clocks(offset: Int64, ttl: Int64, isAllowed: Bool) async throws {
        let account = try TestAccount()
        let reply = try await TestNode().call(
            "store", account.store(extra: ["timestamp": .integer(account.time + offset), "ttl": .integer(ttl)]))
        #expect((reply.count == 1) == isAllowed)
        if !isAllowed { #expect(reply == ["406", "Timestamp error: check your clock"]) }
    }

    @Test("The lifetime is refused before the clock, the clock before the signature")
    func order() async throws {
        let account = try TestAccount()
        let node = try TestNode()
        let early: [String: JSON] = ["namespace": 2, "timestamp": .integer(account.time + 99_999)]
        #expect(
            try await node.call("store", account.store(extra: early.merging(["ttl": 1]) { $1 }))
                == ["403", "Provided expiry/TTL is not valid."])
        #expect(
            try await node.call("store", account.store(extra: early)) == ["406", "Timestamp error: check your clock"])
        #expect(
            try await node.call("store", account.store(extra: ["namespace": 2]))
                == ["401", "store: signature required to store to namespace 2"])
    }

    @Test(
        "Namespaces that are multiples of ten take anything; all others need a good signature",
        arguments: [
            (0, true), (10, true), (-10, true), (40, true), (-20, true), (32_760, true), (1, false), (-1, false),
            (-11, false), (-21, false), (11, false), (5, false), (-32_768, false), (32_767, false),
        ] as [(Int16, Bool)])
    func namespaces(namespace: Int16, isOpen: Bool) async throws {
        let account = try TestAccount()
        let node = try TestNode()
        let unsigned = try await node.call(
            "store", account.store("a", extra: ["namespace": .integer(Int64(namespace))]))
        let wrong = try await node.call(
            "store", account.signedStore("b", namespace, extra: ["signature": StoreParameterTests.signature]))
        let right = try await node.call("store", account.signedStore("c", namespace))
        #expect(right.count == 1)
        if isOpen {
            #expect(unsigned.count == 1)
            #expect(wrong.count == 1)
        } else {
            #expect(unsigned == ["401", "store: signature required to store to namespace \(namespace)"])
            #expect(wrong == ["401", "store signature verification failed"])
        }
    }

    @Test(
        "A signature's own time may be a minute off in both directions, and no more",
        arguments: [(-60_000, true), (60_000, true), (-60_001, false), (60_001, false)] as [(Int64, Bool)])
    func signatureTime(offset: Int64, isAllowed: Bool) async throws {
        let account = try TestAccount()
        let time = account.time + offset
        let reply = try await TestNode().call(
            "store",
            account.signedStore(
                "m", 2,
                extra: [
                    "sig_timestamp": .integer(time),
                    "signature": .string(account.sign(SignedText.store(Namespace(2), timestamp: time))),
                ]))
        #expect((reply.count == 1) == isAllowed)
        if !isAllowed { #expect(reply == ["406", "store signature timestamp too far from current time"]) }
    }

    @Test("Without a time of its own a signature is as old as the message")
    func signatureTimeDefault() async throws {
        let account = try TestAccount()
        let time = account.time - 100_000
        let signature = account.sign(SignedText.store(Namespace(2), timestamp: time))
        #expect(
            try await TestNode().call(
                "store",
                account.signedStore("m", 2, extra: ["timestamp": .integer(time), "signature": .string(signature)]))
                == ["406", "store signature timestamp too far from current time"])
    }

    @Test("Numbers at the ends of 64 bits are refused, not fatal", arguments: [Int64.min, Int64.max, -1])
    func extremes(number: Int64) async throws {
        let account = try TestAccount()
        var fields: [String: Bencode] = [
            "data": .text("x"), "namespace": .integer(2), "pubkey": .bytes(account.group.bytes),
            "signature": .bytes(Bytes(repeating: 1, count: 64)), "timestamp": .integer(account.time),
            "ttl": .integer(86_400_000),
        ]
        let node = try TestNode()
        fields["sig_timestamp"] = .integer(number)
        #expect(
            try await node.call("store", bencode: .dictionary(fields))
                == ["406", "store signature timestamp too far from current time"])
        fields["sig_timestamp"] = nil
        fields["timestamp"] = .integer(number)
        #expect(["403", "406"].contains(try await node.call("store", bencode: .dictionary(fields)).first))
        fields["timestamp"] = .integer(account.time)
        fields["ttl"] = .integer(number)
        #expect(
            try await node.call("store", bencode: .dictionary(fields)) == ["403", "Provided expiry/TTL is not valid."])
    }

    @Test("An outbox keeps its newest message only")
    func outbox() async throws {
        let account = try TestAccount()
        let node = try TestNode()
        for text in ["old", "new"] { _ = try await node.result("store", account.signedStore(text, -1)) }
        let reply = try await node.result(
            "retrieve", ["pubkey": .string(account.session.hex), "namespace": -1])
        #expect(try reply.list("messages").map { $0["data"] } == [.string(Base64.encode(Bytes("new".utf8)))])
    }

    @Test("An 05 account's signing key must convert to the account; without one the account's own bytes are tried")
    func sessionKeys() async throws {
        let account = try TestAccount()
        let node = try TestNode()
        let refused = ["401", "store signature verification failed"]
        #expect(try await node.call("store", account.signedStore("m", 2, extra: ["pubkey_ed25519": .null])) == refused)
        let other = try Ed25519KeyPair(seed: Bytes(repeating: 9, count: 32))
        let signature = Base64.encode(other.sign(SignedText.store(Namespace(2), timestamp: account.time)))
        #expect(
            try await node.call(
                "store",
                account.signedStore(
                    "m", 2,
                    extra: ["pubkey_ed25519": .string(other.publicKey.hex), "signature": .string(signature)]))
                == refused)
        let plain = try #require(AccountID([5] + other.publicKey.bytes))
        _ = try await node.result(
            "store",
            account.signedStore(
                "m", 2,
                extra: [
                    "pubkey": .string(plain.hex), "pubkey_ed25519": .null, "signature": .string(signature),
                ]))
    }

    @Test("A full or broken store is an entry of the answer, without a hash")
    func failingStore() async throws {
        let account = try TestAccount()
        let full = try await TestNode(store: FailingStore(error: .full)).result("store", account.store())
        #expect(full["hash"] == nil)
        #expect(
            try full.need("swarm").need(TestNode.keys.ed25519.publicKey.hex)
                == ["failed": true, "query_failure": true, "t": .integer(account.time)])
        let broken = try await TestNode(store: FailingStore(error: .failed(operation: "store", code: 5, message: "no")))
            .result("store", account.store())
        let entry = try broken.need("swarm").need(TestNode.keys.ed25519.publicKey.hex)
        #expect(entry["query_failure"] == true)
        #expect(try entry.text("reason").contains("SQLite code 5"))
    }
}

/// A store whose database does nothing but fail.
struct FailingStore: MessageStore {
    let error: StorageError
    /// What a retrieve does before it fails.
    var retrieving: @Sendable (Namespace) async -> Void = { _ in }
    /// What a store comes to; `nil` when it fails.
    var storing: @Sendable (StoredMessage) -> StoreReceipt? = { _ in nil }
    /// Whether a token is revoked; `nil` when that cannot be told.
    var asking: @Sendable () async -> Bool? = { nil }

    func store(_ message: StoredMessage) async throws(StorageError) -> StoreReceipt {
        guard let receipt = storing(message) else { throw error }
        return receipt
    }

    func storingMoment(
        of hash: MessageHash, in namespace: Namespace, of account: AccountID, at now: Int64
    ) async throws(StorageError) -> Int64 { throw error }

    func remember(
        _ request: OwnersRequest, of account: AccountID, at moment: Int64
    ) async throws(StorageError) { throw error }

    func retrieve(
        _ account: AccountID, _ namespace: Namespace, after hash: MessageHash?, limits: RetrieveLimits
    ) async throws(StorageError) -> MessagePage {
        await retrieving(namespace)
        throw error
    }

    func removeExpired(at now: Int64) async throws(StorageError) -> Int { throw error }

    func messages(
        afterRow row: Int64, limit: Int
    ) async throws(StorageError) -> [(row: Int64, message: StoredMessage)] { throw error }

    func insert(_ messages: [StoredMessage]) async throws(StorageError) -> InsertReceipt { throw error }

    func entries(after hash: MessageHash?, limit: Int) async throws(StorageError) -> [StoredEntry] { throw error }

    func messages(named hashes: [MessageHash]) async throws(StorageError) -> [StoredMessage] { throw error }

    func remove(
        _ entries: [StoredEntry], if condition: @Sendable () -> Bool
    ) async throws(StorageError) -> Int { throw error }

    func changingMoment(
        of target: ChangeTarget, account: AccountID, at now: Int64
    ) async throws(StorageError) -> Int64 { throw error }

    func delete(
        _ hashes: [MessageHash], of account: AccountID, at moment: Int64
    ) async throws(StorageError) -> [MessageHash] { throw error }

    func deleteAll(
        of account: AccountID, in mailboxes: MailboxSelection, sentUpTo limit: Int64?, at moment: Int64
    ) async throws(StorageError) -> [MessageName] { throw error }

    func shortenAll(
        of account: AccountID, in mailboxes: MailboxSelection, to expiry: Int64, at moment: Int64
    ) async throws(StorageError) -> [MessageName] { throw error }

    func expire(
        _ expiries: [(hash: MessageHash, expiry: Int64)], of account: AccountID, change: ExpiryChange, at moment: Int64
    ) async throws(StorageError) -> ExpiryReceipt { throw error }

    func expiries(
        of hashes: [MessageHash], account: AccountID
    ) async throws(StorageError) -> [MessageHash: Int64] { throw error }

    func revoke(_ tokens: [Bytes], of account: AccountID, at moment: Int64) async throws(StorageError) { throw error }

    func unrevoke(
        _ tokens: [Bytes], of account: AccountID, at moment: Int64
    ) async throws(StorageError) -> Int { throw error }

    func isRevoked(_ token: Bytes, of account: AccountID) async throws(StorageError) -> Bool {
        guard let answer = await asking() else { throw error }
        return answer
    }

    func changes(
        since moment: Int64, after last: StoredChange?, limit: Int
    ) async throws(StorageError) -> [StoredChange] { throw error }

    func apply(_ changes: [StoredChange]) async throws(StorageError) -> Int { throw error }

    func statistics() async throws(StorageError) -> StoreStatistics { throw error }

    func close() async {}
}
