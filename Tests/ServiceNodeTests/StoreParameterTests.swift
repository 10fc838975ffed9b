import SessionProtocol
import Storage
import Testing

/// What `store` says about parameters it cannot use (storage-node §3.1, §3.2).
struct StoreParameterTests {
    /// One wrong request and the text after `invalid request: `.
    struct Case: Sendable, CustomTestStringConvertible {
        var changes: [String: JSON]
        var expected: String
        var testDescription: String { "\(changes.mapValues(\.text).sorted { $0.key < $1.key }) → \(expected)" }

        init(_ changes: [String: JSON], _ expected: String) {
            self.changes = changes
            self.expected = expected
        }
    }

    static let signature = JSON.string(Base64.encode(Bytes(repeating: 1, count: 64)))

    @Test(
        "A JSON field of the wrong type is named with what was expected",
        arguments: [
            Case(["data": 1], "Invalid value given for 'data': expected string"),
            Case(["expiry": "x"], "Invalid value given for 'expiry': expected integer timestamp (in milliseconds)"),
            Case(["expiry": -1], "Invalid value given for 'expiry': expected integer timestamp (in milliseconds)"),
            Case(
                ["expiry": .number(1.5)],
                "Invalid value given for 'expiry': expected integer timestamp (in milliseconds)"),
            Case(["expiry": 999_999_999], "Invalid timestamp for 'expiry': timestamp must be in milliseconds"),
            Case(["namespace": "0"], "Invalid value given for 'namespace': expected 16-bit integer"),
            Case(["namespace": .number(1.5)], "Invalid value given for 'namespace': expected 16-bit integer"),
            Case(["namespace": 32_768], "Invalid value given for 'namespace': value out of range"),
            Case(["namespace": -32_769], "Invalid value given for 'namespace': value out of range"),
            Case(["namespace": .unsigned(.max)], "Invalid value given for 'namespace': value out of range"),
            Case(["pubKey": 1], "Invalid value given for 'pubKey': expected string"),
            Case(["pubkey": true], "Invalid value given for 'pubkey': expected string"),
            Case(["pubkey_ed25519": []], "Invalid value given for 'pubkey_ed25519': expected string"),
            Case(
                ["sig_timestamp": "1"],
                "Invalid value given for 'sig_timestamp': expected integer timestamp (in milliseconds)"),
            Case(
                ["sig_timestamp": 1_700_000], "Invalid timestamp for 'sig_timestamp': timestamp must be in milliseconds"
            ),
            Case(["signature": [:]], "Invalid value given for 'signature': expected string"),
            Case(["subaccount": 1], "Invalid value given for 'subaccount': expected string"),
            Case(["subaccount_sig": 1], "Invalid value given for 'subaccount_sig': expected string"),
            Case(["timestamp": true], "Invalid value given for 'timestamp': expected integer"),
            Case(["timestamp": .number(1.5)], "Invalid value given for 'timestamp': expected integer"),
            Case(["ttl": .number(0.5)], "Invalid value given for 'ttl': expected positive integer"),
            Case(["ttl": -1], "Invalid value given for 'ttl': expected positive integer"),
            Case(["ttl": "soon"], #"Invalid value given for 'ttl': "soon""#),
            Case(["ttl": "+5"], #"Invalid value given for 'ttl': "+5""#),
            Case(["ttl": ""], #"Invalid value given for 'ttl': """#),
            Case(["timestamp": "1e3"], #"Invalid value given for 'timestamp': "1e3""#),
        ])
    func types(_ wrong: Case) async throws {
        let reply = try await TestNode().call("store", TestAccount().store(extra: wrong.changes))
        #expect(reply == ["400", "invalid request: \(wrong.expected)"])
    }

    @Test(
        "Types are checked in alphabetical order, before anything is missed",
        arguments: [
            Case(["data": 1, "expiry": "x"], "Invalid value given for 'data': expected string"),
            Case(["pubKey": 1, "pubkey": 1], "Invalid value given for 'pubKey': expected string"),
            Case(["signature": 1, "subaccount": 1], "Invalid value given for 'signature': expected string"),
            Case(
                ["timestamp": true, "ttl": true],
                "Invalid value given for 'timestamp': expected integer"),
            Case(["timestamp": .null, "ttl": true], "Invalid value given for 'ttl': expected positive integer"),
        ])
    func order(_ wrong: Case) async throws {
        let reply = try await TestNode().call("store", TestAccount().store(extra: wrong.changes))
        #expect(reply == ["400", "invalid request: \(wrong.expected)"])
    }

    @Test(
        "What is missing, given twice or malformed is found in the order of the method",
        arguments: [
            Case(["timestamp": .null, "ttl": .null], "Required field 'timestamp' missing"),
            Case(["ttl": .null, "pubkey": .null], "Required field 'expiry' or 'ttl' missing"),
            Case(["expiry": 1_700_000_086_400_000, "pubkey": .null], "Cannot specify both 'expiry' and 'ttl'"),
            Case(["pubkey": .null, "data": .null], "Required field 'pubkey' missing"),
            Case(["pubKey": "05", "pubkey": "05"], "Cannot specify both 'pubkey' and 'pubKey'"),
            Case(["pubkey": "05ab", "data": .null], "Pubkey must be 66 hex digits (33 bytes) long"),
            Case(
                ["pubkey": .string(String(repeating: "g", count: 66))], "Pubkey must be 66 hex digits (33 bytes) long"),
            Case(
                ["pubkey": .string(String(repeating: "a", count: 64))], "Pubkey must be 66 hex digits (33 bytes) long"),
            Case(
                ["signature": "c2hvcnQ=", "data": .null],
                "invalid signature: expected base64 encoded Ed25519 signature"),
            Case(["data": .null], "Required field 'data' missing"),
            Case(["data": "a"], "Invalid 'data' value: not base64 encoded"),
            Case(["data": "ab=c"], "Invalid 'data' value: not base64 encoded"),
            Case(["data": "ab!="], "Invalid 'data' value: not base64 encoded"),
        ])
    func requirements(_ wrong: Case) async throws {
        let reply = try await TestNode().call("store", TestAccount().store(extra: wrong.changes))
        #expect(reply == ["400", "invalid request: \(wrong.expected)"])
    }

    @Test(
        "A bencoded field of the wrong type or length has its own texts",
        arguments: [
            (["data": .integer(1)], "Invalid value given for 'data': expected string"),
            (
                ["expiry": .text("1700000000000")],
                "Invalid value given for 'expiry': expected integer timestamp (in milliseconds)"
            ),
            (["namespace": .text("0")], "Invalid value given for 'namespace': expected 16-bit integer"),
            (["namespace": .integer(32_768)], "Invalid value given for 'namespace': expected 16-bit integer"),
            (["pubkey": .list([])], "Invalid value given for 'pubkey': expected string"),
            (
                ["timestamp": .text("1700000000000")],
                "Invalid value given for 'timestamp': expected integer timestamp (in milliseconds)"
            ),
            (["ttl": .text("86400000")], "Invalid value given for 'ttl': expected positive integer"),
            (["pubkey": .text("05")], "Pubkey must be 66 hex digits (33 bytes) long"),
            (
                ["signature": .bytes(Bytes(repeating: 1, count: 63))],
                "invalid signature: expected 64-byte Ed25519 signature"
            ),
            (
                ["signature": .text(Base64.encode(Bytes(repeating: 1, count: 64)))],
                "invalid signature: expected 64-byte Ed25519 signature"
            ),
        ] as [([String: Bencode], String)])
    func bencoded(changes: [String: Bencode], expected: String) async throws {
        let account = try TestAccount()
        let good: [String: Bencode] = [
            "data": .text("hello"), "pubkey": .bytes(account.session.bytes), "timestamp": .integer(account.time),
            "ttl": .integer(86_400_000),
        ]
        let reply = try await TestNode().call("store", bencode: .dictionary(good.merging(changes) { $1 }))
        #expect(reply == ["400", "invalid request: \(expected)"])
    }

    @Test("A bencoded key out of order counts as absent")
    func outOfOrder() async throws {
        let body = Bytes("d9:timestampi1700000000000e4:data5:helloe".utf8)
        #expect(
            try await TestNode().texts("storage.store", [body])
                == ["400", "invalid request: Required field 'expiry' or 'ttl' missing"])
    }

    @Test("The largest message fits and one byte more does not, in both encodings")
    func largest() async throws {
        let account = try TestAccount()
        let node = try TestNode()
        let tooLong = "invalid request: Message body exceeds maximum allowed length of 76800 bytes"
        for (count, isAllowed) in [(102_400, true), (102_401, false), (102_404, false)] {
            let text = String(repeating: "A", count: count)
            let reply = try await node.call("store", account.store(extra: ["data": .string(text)]))
            let reason = count % 4 == 1 ? "invalid request: Invalid 'data' value: not base64 encoded" : tooLong
            #expect(isAllowed ? reply.count == 1 : reply == ["400", reason])
        }
        var fields: [String: Bencode] = [
            "pubkey": .bytes(account.session.bytes), "timestamp": .integer(account.time), "ttl": .integer(86_400_000),
        ]
        fields["data"] = .bytes(Bytes(repeating: 8, count: 76_800))
        #expect(try await node.frames("storage.store", [Bencode.dictionary(fields).encoded])?.count == 1)
        fields["data"] = .bytes(Bytes(repeating: 8, count: 76_801))
        #expect(try await node.call("store", bencode: .dictionary(fields)) == ["400", tooLong])
        #expect(try await node.store.messages(afterRow: 0, limit: 9).map { $0.message.data.count } == [76_800, 76_800])
    }

    @Test(
        "Old clients' spellings and texts are taken for what they mean",
        arguments: [
            ["timestamp": "1700000000000", "ttl": "86400000"],
            ["pubkey": .null, "pubKey": "05cb7926f177401471b6d820caa1da2bd6d83055d89b7b7955b44d62212b2cf315"],
            ["pubkey": "05CB7926F177401471B6D820CAA1DA2BD6D83055D89B7B7955B44D62212B2CF315"],
            ["ttl": .null, "expiry": 1_700_086_400_000],
            ["data": "aGVsbG8"],
            ["unknown": ["field"], "subaccount": "not looked at without a signature", "pubkey_ed25519": "nor this"],
        ] as [[String: JSON]])
    func lenience(changes: [String: JSON]) async throws {
        let account = try TestAccount()
        let node = try TestNode()
        let reply = try await node.result("store", account.store(extra: changes))
        #expect(try reply.text("hash") == "MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8")
        let stored = try #require(try await node.store.messages(afterRow: 0, limit: 1).first?.message)
        #expect(stored.account == account.session)
        #expect(stored.timestamp == 1_700_000_000_000)
        #expect(stored.expiry == 1_700_086_400_000)
    }
}
