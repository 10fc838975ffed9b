import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// What the methods that change what a swarm keeps say about parameters they cannot use (storage-node §3.1, §3.2).
struct SwarmMethodParameterTests {
    typealias Case = StoreParameterTests.Case

    /// A request that is accepted, by its method.
    private func good(_ method: String) throws -> JSON {
        let account = try TestAccount()
        let hashes = [account.hash("hello"), account.hash("world")]
        return switch method {
        case "delete": account.delete(hashes)
        case "delete_all": account.deleteAll(.one(.inbox))
        case "delete_before": account.deleteBefore(.one(.inbox), account.time)
        case "expire_all": account.expireAll(.one(.inbox), account.time)
        case "expire": account.expire(hashes, [account.time])
        default: account.getExpiries(hashes.map(\.text))
        }
    }

    private static let methods = ["delete", "delete_all", "delete_before", "expire_all", "expire", "get_expiries"]
    private static let timestamp = "expected integer timestamp (in milliseconds)"

    private func refusal(_ method: String, _ changes: [String: JSON]) async throws -> [String] {
        let fields = try #require(try good(method).asObject).merging(changes) { $1 }
        return try await TestNode().call(method, .object(fields))
    }

    @Test("Requests without a fault are answered in both encodings", arguments: methods)
    func sound(method: String) async throws {
        let node = try TestNode()
        #expect(try await node.call(method, good(method)).count == 1)
        #expect(try await node.frames("storage.\(method)", [good(method).bencodedRequest.encoded])?.count == 1)
    }

    @Test("The auth block is needed in full and read in its order", arguments: methods)
    func authenticationBlock(method: String) async throws {
        let table = [
            Case(["pubkey": 1], "Invalid value given for 'pubkey': expected string"),
            Case(["pubkey_ed25519": 1, "signature": 1], "Invalid value given for 'pubkey_ed25519': expected string"),
            Case(["signature": 1, "subaccount": 1], "Invalid value given for 'signature': expected string"),
            Case(["subaccount": 1, "subaccount_sig": 1], "Invalid value given for 'subaccount': expected string"),
            Case(["subaccount_sig": 1], "Invalid value given for 'subaccount_sig': expected string"),
            Case(["pubkey": .null, "signature": .null], "Required field 'pubkey' missing"),
            Case(["pubkey": "05", "signature": .null], "Pubkey must be 66 hex digits (33 bytes) long"),
            Case(["signature": .null, "pubkey_ed25519": "x"], "Required field 'signature' missing"),
            Case(
                ["pubkey_ed25519": "x", "signature": "x"],
                "Invalid pubkey_ed25519: expected 64 hex char or 32 byte pubkey"),
            Case(
                ["signature": "x", "subaccount": "x"],
                "invalid signature: expected base64 encoded Ed25519 signature"),
            Case(
                ["subaccount": "x"],
                "invalid subaccount: subaccount_sig is required when using subaccount"),
            Case(
                ["subaccount": "x", "subaccount_sig": "x"],
                "invalid subaccount: expected base64 or hex-encoded subaccount token"),
        ]
        for wrong in table {
            #expect(
                try await refusal(method, wrong.changes) == ["400", "invalid request: \(wrong.expected)"],
                "\(wrong.testDescription)")
        }
    }

    @Test(
        "delete reads its fields in alphabetical order, then its messages",
        arguments: [
            Case(["messages": 1, "pubkey": 1], "Invalid value given for 'messages': expected string array"),
            Case(["messages": ["a", 1]], "Invalid value given for 'messages': expected string array"),
            Case(["messages": [.null]], "Invalid value given for 'messages': expected string array"),
            Case(["pubkey_ed25519": 1, "required": 1], "Invalid value given for 'pubkey_ed25519': expected string"),
            Case(["required": 1, "signature": 1], "Invalid value given for 'required': expected boolean"),
            Case(["required": "true"], "Invalid value given for 'required': expected boolean"),
            Case(
                ["messages": .null, "signature": "x"], "invalid signature: expected base64 encoded Ed25519 signature"),
            Case(["messages": .null], "Required field 'messages' missing"),
            Case(["messages": []], "messages does not contain any message hashes"),
            Case(["messages": "all"], "invalid message hash: all"),
            Case(["messages": ["MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8", "b"]], "invalid message hash: b"),
            Case(
                ["messages": "MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8="],
                "invalid message hash: MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8="),
            Case(
                ["messages": "MCaFTDP6aMTeIZ8_Bn2zF26vMy3wEJQ9yhiNgh5nwq8"],
                "invalid message hash: MCaFTDP6aMTeIZ8_Bn2zF26vMy3wEJQ9yhiNgh5nwq8"),
        ])
    func delete(_ wrong: Case) async throws {
        #expect(try await refusal("delete", wrong.changes) == ["400", "invalid request: \(wrong.expected)"])
    }

    @Test(
        "Methods over whole mailboxes need a number or `all`, and their time",
        arguments: [("delete_all", "timestamp"), ("delete_before", "before"), ("expire_all", "expiry")])
    func mailboxes(method: String, time: String) async throws {
        let mailbox = #"Invalid value given for 'namespace': expected integer or "all""#
        let table = [
            Case(["namespace": "0", "pubkey": 1], mailbox), Case(["namespace": "ALL"], mailbox),
            Case(["namespace": .number(0.5)], mailbox), Case(["namespace": ["all"]], mailbox),
            Case(["namespace": 32_768], "Invalid value given for 'namespace': value out of range"),
            Case([time: "x"], "Invalid value given for '\(time)': \(Self.timestamp)"),
            Case([time: -1], "Invalid value given for '\(time)': \(Self.timestamp)"),
            Case([time: 999_999_999], "Invalid timestamp for '\(time)': timestamp must be in milliseconds"),
            Case([time: .null, "pubkey": "x"], "Pubkey must be 66 hex digits (33 bytes) long"),
            Case([time: .null], "Required field '\(time)' missing"),
            // Only `timestamp` comes after the others in the alphabet.
            Case(
                [time: "x", "namespace": "x"],
                time == "timestamp" ? mailbox : "Invalid value given for '\(time)': \(Self.timestamp)"),
            Case(
                [time: "x", "signature": 1],
                time == "timestamp"
                    ? "Invalid value given for 'signature': expected string"
                    : "Invalid value given for '\(time)': \(Self.timestamp)"),
        ]
        for wrong in table {
            #expect(
                try await refusal(method, wrong.changes) == ["400", "invalid request: \(wrong.expected)"],
                "\(wrong.testDescription)")
        }
    }

    @Test(
        "expire reads its fields in alphabetical order, then checks expiries, flags, messages and their counts",
        arguments: [
            Case(["expiry": "x", "extend": 1], "Invalid value given for 'expiry': expected timestamp array"),
            Case(["expiry": [1, -1]], "Invalid value given for 'expiry': expected timestamp array"),
            Case(["extend": 1, "messages": 1], "Invalid value given for 'extend': expected boolean"),
            Case(["messages": 1, "pubkey": 1], "Invalid value given for 'messages': expected string array"),
            Case(["pubkey_ed25519": 1, "shorten": 1], "Invalid value given for 'pubkey_ed25519': expected string"),
            Case(["shorten": 1, "signature": 1], "Invalid value given for 'shorten': expected boolean"),
            Case(
                ["expiry": .null, "subaccount": "x"],
                "invalid subaccount: subaccount_sig is required when using subaccount"),
            Case(["expiry": .null, "messages": .null], "Required field 'expiry' missing"),
            Case(
                ["expiry": [], "extend": true, "shorten": true], "'expiry' does not contain any expiration timestamps"),
            Case(["extend": true, "messages": .null, "shorten": true], "cannot specify both 'shorten' and 'extend'"),
            Case(["expiry": [1, 2, 3], "messages": .null], "Required field 'messages' missing"),
            Case(["expiry": [1, 2, 3], "messages": []], "messages does not contain any message hashes"),
            Case(
                ["expiry": [1, 2, 3], "messages": ["a", "b"]],
                "'expiry' must be a single expiry, or the same length as 'messages'"),
            Case(["expiry": [1, 2], "messages": ["a", "b"]], "invalid message hash: a"),
        ])
    func expire(_ wrong: Case) async throws {
        #expect(try await refusal("expire", wrong.changes) == ["400", "invalid request: \(wrong.expected)"])
    }

    @Test("Expiries are not checked for being seconds, and one flag may be spelled out as false")
    func lenientExpire() async throws {
        #expect(
            try await refusal("expire", ["expiry": 5, "extend": false, "shorten": true])
                == ["401", "expire: timestamp should be >= current time"])
    }

    @Test(
        "get_expiries needs its time before its messages, and takes any text for a hash",
        arguments: [
            Case(["messages": 1, "pubkey": 1], "Invalid value given for 'messages': expected string array"),
            Case(["timestamp": "x", "subaccount_sig": 1], "Invalid value given for 'subaccount_sig': expected string"),
            Case(["timestamp": "x", "pubkey": "x"], "Invalid value given for 'timestamp': \(timestamp)"),
            Case(["messages": .null, "timestamp": .null], "Required field 'timestamp' missing"),
            Case(["messages": .null], "Required field 'messages' missing"),
            Case(["messages": []], "messages does not contain any message hashes"),
        ])
    func getExpiries(_ wrong: Case) async throws {
        #expect(try await refusal("get_expiries", wrong.changes) == ["400", "invalid request: \(wrong.expected)"])
    }

    @Test("Bencoded flags are 0 or 1, lists may be bare, and mailboxes are 16-bit numbers or `all`")
    func bencode() async throws {
        let node = try TestNode()
        let account = try TestAccount()
        func call(_ method: String, _ changes: [String: Bencode]) async throws -> [String] {
            let fields = try #require(try good(method).bencodedRequest.asDictionary).merging(changes) { $1 }
            return try await node.call(method, bencode: .dictionary(fields))
        }
        #expect(
            try await call("delete", ["required": .integer(2)])
                == ["400", "invalid request: Invalid value given for 'required': expected boolean"])
        #expect(
            try await call("delete", ["messages": .list([.integer(1)])])
                == ["400", "invalid request: Invalid value given for 'messages': expected string array"])
        #expect(
            try await call("expire", ["expiry": .list([.text("x")])])
                == ["400", "invalid request: Invalid value given for 'expiry': expected timestamp array"])
        for wrong in [Bencode.integer(32_768), .text("al"), .list([])] {
            #expect(
                try await call("delete_all", ["namespace": wrong])
                    == ["400", #"invalid request: Invalid value given for 'namespace': expected integer or "all""#])
        }
        let one = try #require(account.delete([account.hash("hello")]).bencodedRequest.asDictionary)
        let bare = one.merging(["messages": .text(account.hash("hello").text), "required": .integer(0)]) { $1 }
        #expect(try await node.frames("storage.delete", [Bencode.dictionary(bare).encoded])?.count == 1)
    }

    @Test("Times at the ends of 64 bits are refused or served, not fatal", arguments: [Int64.min, -1, Int64.max])
    func extremes(number: Int64) async throws {
        let node = try TestNode()
        for (method, time) in [
            ("delete_all", "timestamp"), ("delete_before", "before"), ("expire_all", "expiry"), ("expire", "expiry"),
            ("get_expiries", "timestamp"),
        ] {
            let fields = try #require(try good(method).bencodedRequest.asDictionary)
            let reply = try await node.call(
                method, bencode: .dictionary(fields.merging([time: .integer(number)]) { $1 }))
            #expect(["401", "406"].contains(reply.first), "\(method) gave \(reply)")
        }
    }
}
