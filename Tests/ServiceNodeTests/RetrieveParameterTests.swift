import SessionProtocol
import Testing

/// What `retrieve`, `get_swarm` and `info` say about their parameters (storage-node §3.1, §3.2).
struct RetrieveParameterTests {
    typealias Case = StoreParameterTests.Case

    @Test(
        "A field of the wrong type is named with what was expected, in alphabetical order",
        arguments: [
            Case(["lastHash": 1, "last_hash": 1], "Invalid value given for 'lastHash': expected string"),
            Case(["last_hash": 1, "max_count": "x"], "Invalid value given for 'last_hash': expected string"),
            Case(["max_count": "1", "max_size": "x"], "Invalid value given for 'max_count': expected integer"),
            Case(["max_count": .number(1.5)], "Invalid value given for 'max_count': expected integer"),
            Case(["max_size": true, "namespace": "x"], "Invalid value given for 'max_size': expected integer"),
            Case(["namespace": "all"], "Invalid value given for 'namespace': expected 16-bit integer"),
            Case(["namespace": 40_000, "pubKey": 1], "Invalid value given for 'namespace': value out of range"),
            Case(["pubKey": 1, "pubkey": 1], "Invalid value given for 'pubKey': expected string"),
            Case(["signature": 1, "timestamp": "x"], "Invalid value given for 'signature': expected string"),
            Case(
                ["timestamp": "1700000000000"],
                "Invalid value given for 'timestamp': expected integer timestamp (in milliseconds)"),
            Case(["timestamp": 17_000], "Invalid timestamp for 'timestamp': timestamp must be in milliseconds"),
            Case(["pubkey": .null], "Required field 'pubkey' missing"),
            Case(["pubKey": "05"], "Cannot specify both 'pubkey' and 'pubKey'"),
            Case(["pubkey": "05"], "Pubkey must be 66 hex digits (33 bytes) long"),
            Case(["signature": .null], "Required field 'signature' missing"),
            Case(["timestamp": .null], "Required field 'timestamp' missing"),
            Case(["lastHash": "a", "last_hash": "b"], "Cannot specify both 'lastHash' and 'last_hash'"),
            Case(["last_hash": "!!"], "Invalid last_hash: expected base64 (43 chars)"),
            Case(
                ["last_hash": .string(String(repeating: "!", count: 43))], "Invalid last_hash: not base64"),
            Case(["last_hash": "abcd"], "Invalid last_hash: expected base64 (43 chars)"),
            Case(["lastHash": "abcd"], "Invalid last_hash: expected base64 (43 chars)"),
        ])
    func parameters(_ wrong: Case) async throws {
        let reply = try await TestNode().call("retrieve", TestAccount().retrieve(extra: wrong.changes))
        #expect(reply == ["400", "invalid request: \(wrong.expected)"])
    }

    @Test(
        "Any sign of a signature, or a namespace that needs one, makes the whole auth block required",
        arguments: [
            ["pubkey_ed25519": "ab"], ["timestamp": 1_700_000_000_000], ["namespace": 0], ["namespace": 3],
            ["namespace": -11],
        ] as [[String: JSON]])
    func authenticationRequired(extra: [String: JSON]) async throws {
        let account = try TestAccount()
        let parameters = extra.merging(["pubkey": .string(account.session.hex)]) { $1 }
        #expect(
            try await TestNode().call("retrieve", .object(parameters))
                == ["400", "invalid request: Required field 'signature' missing"])
    }

    @Test(
        "get_swarm needs one readable account",
        arguments: [
            Case([:], "Required field 'pubkey' missing"),
            Case(["pubkey": 1], "Invalid value given for 'pubkey': expected string"),
            Case(["pubKey": 1, "pubkey": 1], "Invalid value given for 'pubKey': expected string"),
            Case(["pubKey": "05", "pubkey": "05"], "Cannot specify both 'pubkey' and 'pubKey'"),
            Case(["pubkey": "05"], "Pubkey must be 66 hex digits/33 bytes long"),
        ])
    func getSwarm(_ wrong: Case) async throws {
        for name in ["get_swarm", "get_snodes_for_pubkey"] {
            #expect(
                try await TestNode().call(name, .object(wrong.changes)) == [
                    "400", "invalid request: \(wrong.expected)",
                ]
            )
            let bencoded = Bencode.dictionary(
                wrong.changes.mapValues { $0.asInteger.map(Bencode.integer) ?? .text($0.asString ?? "") })
            #expect(
                try await TestNode().call(name, bencode: bencoded) == ["400", "invalid request: \(wrong.expected)"])
        }
    }
}
