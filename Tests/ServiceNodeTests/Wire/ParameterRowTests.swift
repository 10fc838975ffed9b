import SessionCrypto
import SessionProtocol
import Testing

/// What is missing, given twice or malformed, for every method and in the order of the specification (storage-node §3.1,
/// §3.2). Each defect is sent alone, and with all those that are checked after it.
struct ParameterRowTests {
    private static let short = "Pubkey must be 66 hex digits (33 bytes) long"
    private static let badSignature = "invalid signature: expected base64 encoded Ed25519 signature"
    private static let badRawSignature = "invalid signature: expected 64-byte Ed25519 signature"

    /// The auth block; `names` are the spellings of the account's field.
    private static func auth(_ names: String = "'pubkey'", isSignatureRequired: Bool = true) -> [WireDefect] {
        let missing = WireDefect.invalid(["signature": .absent], "Required field 'signature' missing")
        let account: [WireDefect] = [
            .invalid(["pubkey": .absent, "pubKey": .absent], "Required field \(names) missing"),
            .invalid(["pubkey": "05ab"], short),
            .invalid(["pubkey": .text(String(repeating: "g", count: 66))], short),
            .invalid(["pubkey": .text(String(repeating: "a", count: 64))], short),
        ]
        let key: [WireDefect] = [
            .invalid(["pubkey": .key(WireOwner.group)], "pubkey_ed25519 is only permitted for 05[...] pubkeys"),
            .invalid(
                ["pubkey_ed25519": .text(String(repeating: "zz", count: 32))],
                "invalid pubkey_ed25519: value is not hex"),
            .invalid(
                ["pubkey_ed25519": .either("abcd", .bytes(Bytes(repeating: 1, count: 33)))],
                "Invalid pubkey_ed25519: expected 64 hex char or 32 byte pubkey"),
        ]
        let signatures: [WireValue] = [
            .blob(Bytes(repeating: 1, count: 63)), .text(String(repeating: "A", count: 87)),
            .text(String(repeating: "A", count: 88)), .text(String(repeating: "!", count: 86)),
        ]
        let signature = signatures.map {
            WireDefect.invalid(["signature": $0], badSignature, bencoded: badRawSignature)
        }
        return account + (isSignatureRequired ? [missing] : []) + key + signature
    }

    /// The subaccount pair.
    private static let subaccount: [WireDefect] = {
        let badToken = "invalid subaccount: expected base64 or hex-encoded subaccount token"
        let badRawToken = "invalid subaccount token: invalid token length"
        let good = WireValue.blob(WireOwner.token)
        let signature = WireValue.blob(WireOwner.forged)
        return [
            .invalid(
                ["subaccount": good, "subaccount_sig": .absent],
                "invalid subaccount: subaccount_sig is required when using subaccount"),
            .invalid(
                ["subaccount": .blob(Bytes(repeating: 1, count: 35)), "subaccount_sig": signature], badToken,
                bencoded: badRawToken),
            .invalid(
                ["subaccount": .text(String(repeating: "x", count: 72)), "subaccount_sig": "bad"], badToken,
                bencoded: badRawToken),
            .invalid(
                ["subaccount": good, "subaccount_sig": .blob(Bytes(repeating: 1, count: 63))],
                "invalid subaccount signature: expected base64 encoded Ed25519 signature", bencoded: badRawSignature),
        ]
    }()

    private static func hashes(_ field: String) -> [WireDefect] {
        [
            .invalid([field: .absent], "Required field '\(field)' missing"),
            .invalid([field: []], "\(field) does not contain any message hashes"),
        ]
    }

    private static let badHashes = ["", "short", String(repeating: "A", count: 42), String(repeating: "A", count: 44)]
        .map { WireDefect.invalid(["messages": .list([.text($0)])], "invalid message hash: \($0)") }

    private static let badTokens = ["revoke", "unrevoke"].map { field in
        WireDefect.invalid(
            [field: .list([.blob(WireOwner.token), .blob(Bytes(repeating: 1, count: 35))])],
            "invalid \(field): expected base64 or hex-encoded subaccount tag",
            bencoded: "invalid \(field) subaccount: invalid subaccount tag length")
    }

    private static let data: [WireDefect] = [
        .invalid(["data": .absent], "Required field 'data' missing"),
        .invalid(["data": "a"], "Invalid 'data' value: not base64 encoded", on: WireInterface.json),
        .invalid(["data": "ab=c"], "Invalid 'data' value: not base64 encoded", on: WireInterface.json),
        .invalid(
            ["data": .blob(Bytes(repeating: 1, count: 76_801))],
            "Message body exceeds maximum allowed length of 76800 bytes"),
    ]

    private static let store: [WireDefect] = [
        .invalid(["timestamp": .absent], "Required field 'timestamp' missing"),
        .invalid(["ttl": .absent, "expiry": .absent], "Required field 'expiry' or 'ttl' missing"),
        .invalid(["ttl": 86_400_000, "expiry": 1_700_086_400_000], "Cannot specify both 'expiry' and 'ttl'"),
    ]

    private static let bothPubkeys = WireDefect.invalid(
        ["pubkey": .key(WireOwner.session), "pubKey": .key(WireOwner.session)],
        "Cannot specify both 'pubkey' and 'pubKey'")

    private static let notBase64 = String(repeating: "!", count: 43)
    private static let lastHash: [WireDefect] = [
        .invalid(
            ["lastHash": .text(WireOwner.hashes[0]), "last_hash": .text(WireOwner.hashes[0])],
            "Cannot specify both 'lastHash' and 'last_hash'"),
        .invalid(["lastHash": .absent, "last_hash": .text(notBase64)], "Invalid last_hash: not base64"),
        .invalid(["lastHash": .text(notBase64), "last_hash": .absent], "Invalid last_hash: not base64"),
        .invalid(["lastHash": .absent, "last_hash": "AAAA"], "Invalid last_hash: expected base64 (43 chars)"),
    ]

    private static func missing(_ field: String) -> WireDefect {
        .invalid([field: .absent], "Required field '\(field)' missing")
    }

    private static let expiry: [WireDefect] =
        [
            missing("expiry"),
            .invalid(["expiry": []], "'expiry' does not contain any expiration timestamps"),
            .invalid(["extend": true, "shorten": true], "cannot specify both 'shorten' and 'extend'"),
        ] + hashes("messages") + [
            .invalid(
                ["expiry": [1_700_086_400_000, 1_700_086_400_000], "messages": [.text(WireOwner.hashes[0])]],
                "'expiry' must be a single expiry, or the same length as 'messages'")
        ]

    private static let tooMany = WireDefect.invalid(
        ["revoke": .list((0...50).map { .blob([5, 1, 0, UInt8($0)] + Bytes(repeating: 9, count: 32)) })],
        "invalid revoke: cannot revoke more than 50 subaccounts at once")

    private static let badKey = "Pubkey must be 66 hex digits/33 bytes long"

    private static let account = auth("'pubkey'")
    private static let revoke = auth() + [missing("revoke"), tooMany, badTokens[0], missing("timestamp")]
    private static let unrevoke = auth() + [missing("timestamp"), missing("unrevoke"), badTokens[1]]
    private static let getSwarm: [WireDefect] = [
        account[0], bothPubkeys, .invalid(["pubkey": "05ab", "pubKey": .absent], badKey),
        .invalid(["pubkey": .absent, "pubKey": "05ab"], badKey),
    ]
    private static let oxendRequest: [WireDefect] = [
        missing("endpoint"), .invalid(["endpoint": "get_info"], "Invalid oxend endpoint 'get_info'"),
        .invalid(["endpoint": ""], "Invalid oxend endpoint ''"),
    ]

    /// Each method's valid call with its defects in the order in which they are found.
    private static let tables: [(call: WireCall, defects: [WireDefect])] = [
        (.store(), store + [account[0], bothPubkeys, account[1]] + data),
        (
            .signedStore(namespace: 2),
            store + auth("'pubkey'", isSignatureRequired: false) + subaccount + data
        ),
        (.retrieve(), [bothPubkeys] + account + subaccount + [missing("timestamp")] + lastHash),
        (.delete(), auth() + subaccount + hashes("messages") + badHashes),
        (.deleteAll(), auth() + subaccount + [missing("timestamp")]),
        (.deleteBefore(), auth() + subaccount + [missing("before")]),
        (.expireAll(), auth() + subaccount + [missing("expiry")]),
        (.expire(), auth() + subaccount + expiry + badHashes),
        (.getExpiries(), auth() + subaccount + [missing("timestamp")] + hashes("messages")),
        (.revoke(), revoke), (.unrevoke(), unrevoke), (.getSwarm, getSwarm),
        (WireCall("oxend_request", ["endpoint": "get_service_nodes"]), oxendRequest),
    ]
    static let rows = tables.flatMap { $0.call.rows($0.defects) }

    static let methods = Set(rows.map(\.method)).sorted()

    @Test("Each parameter error has its text and its place among the others", arguments: methods)
    func errors(method: String) async throws {
        let node = try TestNode()
        for row in Self.rows where row.method == method { try await row.check(at: node) }
    }

    @Test("Parameters in bencode that hold JSON must be JSON")
    func oxendParameters() async throws {
        try await WireRow(
            "params", "oxend_request", ["endpoint": "ons_resolve", "params": "no json"], 400,
            "invalid request: oxend_request params field does not contain valid json", on: [.queueBencode]
        ).check(at: TestNode())
    }

    @Test("Without a signature a store looks at no other field of the auth block")
    func unsignedStore() async throws {
        let call = WireCall.store().with([
            "pubkey_ed25519": "no key", "subaccount": "no token", "subaccount_sig": "no signature",
            "sig_timestamp": 1_000_000_000,
        ])
        try await WireRow("ignored", "store", call.fields, 200, nil).check(at: TestNode())
    }

    @Test(
        "Any of the three fields makes a retrieve signed, and a namespace that is not open does",
        arguments: [
            (["signature": .blob(WireOwner.forged)], "timestamp"), (["timestamp": 1_700_000_000_000], "signature"),
            (["pubkey_ed25519": .key(WireOwner.keys.publicKey.bytes)], "signature"), (["namespace": 2], "signature"),
            (["namespace": 0], "signature"), (["namespace": -11], "signature"),
            (["namespace": -10, "timestamp": 1_700_000_000_000], "signature"),
        ] as [([String: WireValue], String)])
    func signedRetrieve(changes: [String: WireValue], missing: String) async throws {
        let fields = ["pubkey": WireValue.key(WireOwner.session)].merging(changes) { $1 }
        try await WireRow(
            "\(changes)", "retrieve", fields, 400, "invalid request: Required field '\(missing)' missing"
        ).check(at: TestNode())
    }

    @Test(
        "A subaccount is left alone when it is empty or absent, and by the methods that know none",
        arguments: [
            WireCall.retrieve().with(["subaccount": "", "subaccount_sig": "bad"]),
            WireCall.retrieve().with(["subaccount_sig": "bad"]), WireCall.delete().with(["subaccount_sig": "bad"]),
            WireCall.revoke().with(["subaccount": 5, "subaccount_sig": "bad"]),
            WireCall.unrevoke().with(["subaccount": "bad", "subaccount_sig": 5]),
        ])
    func ignoredSubaccount(call: WireCall) async throws {
        try await WireRow("ignored", call.method, call.fields, 200, nil).check(at: TestNode())
    }

    @Test("Every method's valid call is accepted over every interface", arguments: WireCall.authenticated)
    func valid(call: WireCall) async throws {
        try await WireRow("valid", call.method, call.fields, 200, nil).check(at: TestNode())
    }

    @Test(
        "A key or hash may be spelled in every allowed way",
        arguments: [
            WireCall.retrieve().with(["pubkey": .text(Hex.encode(WireOwner.session).uppercased())]),
            WireCall.retrieve().with(["pubkey": .absent, "pubKey": .key(WireOwner.session)]),
            WireCall.retrieve().with(["pubkey_ed25519": .text(WireOwner.keys.publicKey.hex)]),
            WireCall.retrieve().with(["last_hash": ""]), WireCall.retrieve().with(["lastHash": ""]),
            WireCall.retrieve().with(["lastHash": .text(WireOwner.hashes[0])]),
            WireCall.delete([WireOwner.hashes[0]]).with(["messages": .text(WireOwner.hashes[0])]),
            WireCall.getExpiries(["no hash at all"]), WireCall.getExpiries(["all"]),
            WireCall.revoke().with(["revoke": .either(.string(Hex.encode(WireOwner.token)), .bytes(WireOwner.token))]),
        ])
    func spellings(call: WireCall) async throws {
        try await WireRow("spelling", call.method, call.fields, 200, nil).check(at: TestNode())
    }
}
