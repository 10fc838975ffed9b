import ManualTime
import SessionCrypto
import SessionProtocol
import Storage
import Testing

/// `retrieve` at one node: who may read, how much comes, and the exact answer (storage-node §3.3, §3.5, §3.6).
struct RetrieveTests {
    @Test("Messages are answered literally in both encodings, in the order they came")
    func literalReply() async throws {
        let account = try TestAccount()
        let node = try TestNode()
        _ = try await node.result("store", account.store("hello"))
        _ = try await node.result("store", account.store("again", extra: ["timestamp": .integer(account.time - 1)]))
        let second = MessageHash(account: account.session, namespace: .inbox, data: Bytes("again".utf8))
        #expect(
            try await node.call("retrieve", account.retrieve()) == [
                #"{"hf":[19,3],"messages":[{"data":"aGVsbG8=","expiration":1700086400000,"#
                    + #""hash":"MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8","timestamp":1700000000000},"#
                    + #"{"data":"YWdhaW4=","expiration":1700086399999,"hash":"\#(second.text)","#
                    + #""timestamp":1699999999999}],"more":false,"t":1700000000000}"#
            ])
        let signature = account.keys.sign(SignedText.retrieve(.inbox, timestamp: account.time))
        let bencoded = Bencode.dictionary([
            "last_hash": .text("MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8"), "pubkey": .bytes(account.session.bytes),
            "pubkey_ed25519": .bytes(account.keys.publicKey.bytes), "signature": .bytes(signature),
            "timestamp": .integer(account.time),
        ])
        #expect(
            try await node.call("retrieve", bencode: bencoded) == [
                "d2:hfli19ei3ee8:messagesld4:data5:again10:expirationi1700086399999e4:hash43:\(second.text)"
                    + "9:timestampi1699999999999eee4:morei0e1:ti1700000000000ee"
            ])
    }

    @Test(
        "Signed retrieves of the vectors are accepted, and not for another namespace or account",
        arguments: [("retrieve ns 0", 0), ("retrieve ns 3", 3), ("retrieve ns -11", -11)])
    func signedVectors(name: String, namespace: Int64) async throws {
        let vector = try vectors("storage").entry("request_signatures", named: name)
        let account = try TestAccount()
        let pubkey = try vector.text("pubkey")
        var fields: [String: JSON] = [
            "pubkey": .string(pubkey), "namespace": .integer(namespace), "timestamp": .integer(account.time),
            "signature": .string(try vector.text("signature_b64")),
        ]
        if pubkey.hasPrefix("05") { fields["pubkey_ed25519"] = .string(account.keys.publicKey.hex) }
        let node = try TestNode()
        #expect(try await node.result("retrieve", .object(fields))["more"] == false)
        let refused = ["401", "retrieve signature verification failed"]
        fields["namespace"] = 4
        #expect(try await node.call("retrieve", .object(fields)) == refused)
        fields["namespace"] = .integer(namespace)
        fields["pubkey"] = .string("05" + String(repeating: "ab", count: 32))
        #expect(try await node.call("retrieve", .object(fields)) == refused)
    }

    @Test("The default inbox is closed to those who do not sign")
    func unsigned() async throws {
        let account = try TestAccount()
        #expect(
            try await TestNode().call("retrieve", ["pubkey": .string(account.session.hex)])
                == ["401", "retrieve: request signature required"])
    }

    @Test(
        "Outboxes and legacy groups are open to read, nothing else is",
        arguments: [(-1, true), (-21, true), (-41, true), (-10, true), (-11, false), (-20, false), (1, false)])
    func openNamespaces(namespace: Int64, isOpen: Bool) async throws {
        let account = try TestAccount()
        let reply = try await TestNode().call(
            "retrieve", ["pubkey": .string(account.session.hex), "namespace": .integer(namespace)])
        #expect((reply.count == 1) == isOpen)
    }

    @Test("A signature given for an open namespace is still checked")
    func signatureWhereNoneIsNeeded() async throws {
        let account = try TestAccount()
        #expect(
            try await TestNode().call(
                "retrieve", account.retrieve(-10, extra: ["signature": StoreParameterTests.signature]))
                == ["401", "retrieve signature verification failed"])
    }

    @Test(
        "A request may be a minute old or early, and no more; extreme times are refused, not fatal",
        arguments: [
            (-60_000, true), (60_000, true), (-60_001, false), (60_001, false), (Int64.max - TestClock.epoch, false),
        ])
    func age(offset: Int64, isAllowed: Bool) async throws {
        let account = try TestAccount()
        let time = account.time + offset
        let reply = try await TestNode().call(
            "retrieve",
            account.retrieve(
                extra: [
                    "timestamp": .integer(time),
                    "signature": .string(account.sign(SignedText.retrieve(.inbox, timestamp: time))),
                ]))
        #expect((reply.count == 1) == isAllowed)
        if !isAllowed { #expect(reply == ["406", "retrieve timestamp too far from current time"]) }
    }

    @Test("The lowest time a bencoded request can carry is refused, not fatal")
    func lowestTime() async throws {
        let fields: [String: Bencode] = [
            "pubkey": .bytes(try TestAccount().group.bytes), "timestamp": .integer(.min),
            "signature": .bytes(Bytes(repeating: 1, count: 64)),
        ]
        #expect(
            try await TestNode().call("retrieve", bencode: .dictionary(fields))
                == ["406", "retrieve timestamp too far from current time"])
    }

    /// 70 000-byte messages, 100 of them, as the reference's own tests have them.
    @Test(
        "Counts and sizes limit a page exactly, and `more` says whether anything is left",
        arguments: [
            ([:], 16, true), (["max_size": .integer(-1)], 83, true), (["max_size": .integer(-3)], 27, true),
            (["max_size": .integer(500_000)], 5, true),
            (["max_size": .integer(1)], 1, true), (["max_size": .integer(0)], 16, true),
            (["max_count": .integer(0)], 16, true),
            (["max_count": .integer(5)], 5, true), (["max_count": .integer(90)], 83, true),
            (["max_count": .integer(-1)], 83, true),
            (["max_count": .integer(3), "max_size": .integer(500_000)], 3, true),
            (["max_count": .integer(9), "max_size": .integer(500_000)], 5, true),
            (["max_size": .integer(99_999_999)], 83, true),
        ] as [([String: Bencode], Int, Bool)])
    func limits(extra: [String: Bencode], count: Int, more: Bool) async throws {
        let account = try TestAccount()
        let signature = account.keys.sign(SignedText.retrieve(.inbox, timestamp: account.time))
        let fields: [String: Bencode] = [
            "pubkey": .bytes(account.session.bytes), "pubkey_ed25519": .bytes(account.keys.publicKey.bytes),
            "signature": .bytes(signature), "timestamp": .integer(account.time),
        ]
        // Bencoded, because base64 of these megabytes is slow in a debug build; sizes count the same (§3.6).
        let frames = try await Self.full.value.frames(
            "storage.retrieve", [Bencode.dictionary(fields.merging(extra) { $1 }).encoded])
        let reply = try Bencode(parsing: try #require(frames?.first))
        #expect(reply["messages"]?.asList?.count == count)
        #expect(reply["more"] == .bool(more))
    }

    /// A node with 100 messages of 70 000 bytes, made once.
    private static let full = Task {
        let node = try TestNode()
        let account = try TestAccount()
        for number in 0..<100 {
            let data = [UInt8(number)] + Bytes(repeating: 0, count: 69_999)
            let message = StoredMessage(
                account: account.session, namespace: .inbox,
                hash: MessageHash(account: account.session, namespace: .inbox, data: data), timestamp: account.time,
                expiry: account.time + 86_400_000, data: data)
            _ = try await node.store.store(message)
        }
        return node
    }

    @Test("Pages follow the last hash to the end; both spellings of the field serve, an unknown hash starts again")
    func paging() async throws {
        let account = try TestAccount()
        let node = try TestNode()
        for text in ["a", "b", "c"] { _ = try await node.result("store", account.store(text)) }
        func page(_ extra: [String: JSON]) async throws -> ([String], JSON?) {
            let reply = try await node.result("retrieve", account.retrieve(extra: extra))
            return (try reply.list("messages").map { try $0.text("hash") }, reply["more"])
        }
        let all = try await page([:]).0
        #expect(all.count == 3)
        let first = try await page(["max_count": 2])
        #expect(first == (Array(all[..<2]), true))
        #expect(try await page(["last_hash": .string(all[1]), "max_count": 1]) == ([all[2]], false))
        #expect(try await page(["lastHash": .string(all[0])]) == (Array(all[1...]), false))
        #expect(try await page(["last_hash": .string(all[2])]) == ([], false))
        #expect(try await page(["last_hash": ""]).0 == all)
        let unknown = MessageHash(account: account.session, namespace: .inbox, data: [9])
        #expect(try await page(["last_hash": .string(unknown.text)]).0 == all)
    }

    @Test("Mailboxes do not show each other's messages")
    func isolation() async throws {
        let account = try TestAccount()
        let node = try TestNode()
        _ = try await node.result("store", account.store("inbox"))
        _ = try await node.result("store", account.signedStore("profile", 2))
        _ = try await node.result("store", account.store("group", extra: ["pubkey": .string(account.group.hex)]))
        for (namespace, text) in [(0, "inbox"), (2, "profile")] {
            let reply = try await node.result("retrieve", account.retrieve(Int16(namespace)))
            #expect(try reply.list("messages").map { $0["data"] } == [.string(Base64.encode(Bytes(text.utf8)))])
        }
    }

    @Test("A store that cannot be read is reported with an account nobody can address")
    func failingStore() async throws {
        let node = try TestNode(store: FailingStore(error: .closed))
        #expect(
            try await node.call("retrieve", TestAccount().retrieve())
                == ["500", "Internal Server Error. Could not retrieve messages for 05cb…15"])
    }
}
