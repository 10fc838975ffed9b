import SessionProtocol
import Testing

/// Every field of every method given with a wrong type, and the order in which types are checked (storage-node §3.1, §3.2).
struct ParameterTypeRowTests {
    /// The types of fields, as the specification's table names them.
    enum FieldType: Sendable {
        case string
        case bool
        case int
        case namespace
        case namespaceOrAll
        case timestamp
        case stringList
        case timestampList

        /// The words after `expected `.
        var expected: String {
            switch self {
            case .string: "string"
            case .bool: "boolean"
            case .int: "integer"
            case .namespace: "16-bit integer"
            case .namespaceOrAll: #"integer or "all""#
            case .timestamp: "integer timestamp (in milliseconds)"
            case .stringList: "string array"
            case .timestampList: "timestamp array"
            }
        }

        /// Values that are wrong in both encodings; the first of them stands for all where order is tested.
        var wrong: [WireValue] {
            switch self {
            case .string: [.number(1), .list(["x"]), .fields([:])]
            case .bool: [.text("true"), .list([])]
            case .int: [.text("1"), .list([1])]
            case .namespace: [.text("0"), .text("all"), .list([0])]
            case .namespaceOrAll: [.text("any"), .text("0"), .list([0])]
            case .timestamp: [.text("1700000000000"), .list([1_700_000_000_000])]
            case .stringList: [.number(1), .list([1]), .list(["x", 1]), .fields([:])]
            case .timestampList: [.text("x"), .list(["x"]), .list([1_700_000_000_000, "x"]), .fields([:])]
            }
        }

        /// Values that only JSON can get wrong.
        var wrongInJSON: [WireValue] {
            switch self {
            case .string, .stringList: [.flag(true), .fraction(0.5)]
            case .bool: [.number(1), .number(0)]
            case .int: [.flag(true), .fraction(1.5)]
            case .namespace, .namespaceOrAll: [.flag(true), .fraction(1.5)]
            case .timestamp: [.number(-1), .flag(true), .fraction(1.5)]
            case .timestampList: [.number(-1), .list([-1]), .flag(true), .fraction(1.5)]
            }
        }
    }

    struct Method: Sendable, CustomTestStringConvertible {
        var name: String
        var fields: [(name: String, type: FieldType)]
        var testDescription: String { name }

        init(_ name: String, _ fields: KeyValuePairs<String, FieldType>) {
            self.name = name
            self.fields = fields.map { ($0.key, $0.value) }
        }
    }

    /// The fields of each method in the order in which they are read: upper case before lower case.
    static let methods = [
        Method(
            "store",
            [
                "data": .string, "expiry": .timestamp, "namespace": .namespace, "pubKey": .string, "pubkey": .string,
                "pubkey_ed25519": .string, "sig_timestamp": .timestamp, "signature": .string, "subaccount": .string,
                "subaccount_sig": .string,
            ]),
        Method(
            "retrieve",
            [
                "lastHash": .string, "last_hash": .string, "max_count": .int, "max_size": .int,
                "namespace": .namespace, "pubKey": .string, "pubkey": .string, "pubkey_ed25519": .string,
                "signature": .string, "subaccount": .string, "subaccount_sig": .string, "timestamp": .timestamp,
            ]),
        Method(
            "delete",
            [
                "messages": .stringList, "pubkey": .string, "pubkey_ed25519": .string, "required": .bool,
                "signature": .string, "subaccount": .string, "subaccount_sig": .string,
            ]),
        Method(
            "delete_all",
            [
                "namespace": .namespaceOrAll, "pubkey": .string, "pubkey_ed25519": .string, "signature": .string,
                "subaccount": .string, "subaccount_sig": .string, "timestamp": .timestamp,
            ]),
        Method(
            "delete_before",
            [
                "before": .timestamp, "namespace": .namespaceOrAll, "pubkey": .string, "pubkey_ed25519": .string,
                "signature": .string, "subaccount": .string, "subaccount_sig": .string,
            ]),
        Method(
            "expire_all",
            [
                "expiry": .timestamp, "namespace": .namespaceOrAll, "pubkey": .string, "pubkey_ed25519": .string,
                "signature": .string, "subaccount": .string, "subaccount_sig": .string,
            ]),
        Method(
            "expire",
            [
                "expiry": .timestampList, "extend": .bool, "messages": .stringList, "pubkey": .string,
                "pubkey_ed25519": .string, "shorten": .bool, "signature": .string, "subaccount": .string,
                "subaccount_sig": .string,
            ]),
        Method(
            "get_expiries",
            [
                "messages": .stringList, "pubkey": .string, "pubkey_ed25519": .string, "signature": .string,
                "subaccount": .string, "subaccount_sig": .string, "timestamp": .timestamp,
            ]),
        Method(
            "revoke_subaccount",
            [
                "pubkey": .string, "pubkey_ed25519": .string, "revoke": .stringList, "signature": .string,
                "timestamp": .timestamp,
            ]),
        Method(
            "unrevoke_subaccount",
            [
                "pubkey": .string, "pubkey_ed25519": .string, "signature": .string, "timestamp": .timestamp,
                "unrevoke": .stringList,
            ]),
        Method("get_swarm", ["pubKey": .string, "pubkey": .string]),
        Method("get_snodes_for_pubkey", ["pubKey": .string, "pubkey": .string]),
        Method("oxend_request", ["endpoint": .string]),
    ]

    private func mismatch(_ field: (name: String, type: FieldType)) -> String {
        "invalid request: Invalid value given for '\(field.name)': expected \(field.type.expected)"
    }

    @Test("A field of the wrong type is named with the type that was expected", arguments: methods)
    func types(method: Method) async throws {
        let node = try TestNode()
        for field in method.fields {
            for value in field.type.wrong {
                try await WireRow("\(value)", method.name, [field.name: value], 400, mismatch(field)).check(at: node)
            }
            for value in field.type.wrongInJSON {
                try await WireRow(
                    "\(value)", method.name, [field.name: value], 400, mismatch(field), on: WireInterface.json
                ).check(at: node)
            }
        }
    }

    @Test("Of two wrong types the alphabetically first is named, and none is checked after a value", arguments: methods)
    func order(method: Method) async throws {
        let node = try TestNode()
        for index in method.fields.indices {
            let rest = method.fields[index...]
            let fields = Dictionary(uniqueKeysWithValues: rest.map { ($0.name, $0.type.wrong[0]) })
            try await WireRow("the last \(rest.count)", method.name, fields, 400, mismatch(method.fields[index]))
                .check(at: node)
        }
    }

    @Test("JSON null is an absent field, whatever its type", arguments: methods)
    func null(method: Method) async throws {
        let node = try TestNode()
        let none = try await WireInterface.queueJSON.call(node, method.name, [:])
        let nulls = Dictionary(
            uniqueKeysWithValues: method.fields.map { ($0.name, WireValue.either(.null, .text(""))) })
        for interface in WireInterface.json {
            let answer = try await interface.call(node, method.name, nulls)
            #expect(answer.status == 400)
            #expect(answer.text == none.text)
        }
    }

    @Test(
        "A timestamp in JSON that looks like seconds is refused as such; bencode takes any number",
        arguments: [
            ("store", "expiry"), ("store", "sig_timestamp"), ("retrieve", "timestamp"), ("delete_all", "timestamp"),
            ("delete_before", "before"), ("expire_all", "expiry"), ("get_expiries", "timestamp"),
            ("revoke_subaccount", "timestamp"), ("unrevoke_subaccount", "timestamp"),
        ])
    func seconds(method: String, field: String) async throws {
        let node = try TestNode()
        let call = try #require(
            (WireCall.authenticated + [WireCall.store()]).first { $0.method == method && $0.fields[field] != nil }
                ?? WireCall.authenticated.first { $0.method == method })
        let refused = "invalid request: Invalid timestamp for '\(field)': timestamp must be in milliseconds"
        for value in [0, 999_999_999] as [Int64] {
            try await WireRow(
                "\(value)", method, call.with([field: .number(value)]).fields, 400, refused, on: WireInterface.json
            ).check(at: node)
        }
        for (interface, value) in [(WireInterface.queueBencode, 999_999_999), (.queueJSON, 1_000_000_000)] {
            let answer = try await interface.call(node, method, call.with([field: .number(Int64(value))]).fields)
            #expect(!answer.text.contains("must be in milliseconds"))
        }
    }

    private static let beyondSigned =
        [
            ("timestamp", WireCall.retrieve(), 406, "retrieve timestamp too far from current time"),
            ("max_count", .retrieve(), 200, nil), ("max_size", .retrieve(), 200, nil),
            ("ttl", .store(), 403, "Provided expiry/TTL is not valid."),
            ("timestamp", .store(), 403, "Provided expiry/TTL is not valid."),
            ("before", .deleteBefore(1), 401, "delete_before timestamp too far in the future"),
            ("expiry", .expireAll(1), 401, "expire_all signature verification failed"),
            ("expiry", .expire([1]), 401, "expire: signature verification failed"),
        ] as [(String, WireCall, Int, String?)]

    @Test(
        "A JSON integer of 2^63 or more is an integer of the right type, and too large for what it stands for",
        arguments: beyondSigned)
    func beyondSignedRange(field: String, call: WireCall, status: Int, text: String?) async throws {
        let node = try TestNode()
        for value in [1 << 63, UInt64.max] {
            try await WireRow(
                "\(field) \(value)", call.method,
                call.with([field: .either(.unsigned(value), .integer(.max))]).fields, status, text,
                on: WireInterface.json
            ).check(at: node)
        }
    }

    @Test("Lists of times have no such check")
    func secondsInLists() async throws {
        let tooOld = "expire: timestamp should be >= current time"
        try await WireRow("one", "expire", WireCall.expire([999_999_999]).fields, 401, tooOld).check(at: TestNode())
    }

    @Test(
        "A namespace beyond 16 bits is out of range in JSON, and no 16-bit integer in bencode",
        arguments: [32_768, -32_769, 1 << 40] as [Int64])
    func range(value: Int64) async throws {
        let node = try TestNode()
        for call in [WireCall.store(), .retrieve()] {
            try await WireRow(
                "\(value)", call.method, call.with(["namespace": .number(value)]).fields, 400,
                "invalid request: Invalid value given for 'namespace': value out of range",
                bencoded: "invalid request: Invalid value given for 'namespace': expected 16-bit integer"
            ).check(at: node)
        }
    }

    @Test(
        "Old clients' texts for a store's times are digits or named as they are; bencode takes numbers only",
        arguments: ["soon", "", "1e3", "+5", "-5", " 5", "1.5"])
    func storeTexts(text: String) async throws {
        let node = try TestNode()
        for (field, type) in [
            ("timestamp", "integer timestamp (in milliseconds)"), ("ttl", "positive integer"),
        ] {
            try await WireRow(
                text, "store", WireCall.store().with([field: .text(text)]).fields, 400,
                "invalid request: Invalid value given for '\(field)': \"\(text)\"",
                bencoded: "invalid request: Invalid value given for '\(field)': expected \(type)"
            ).check(at: node)
        }
    }

    @Test("A store's times as digits are taken, and seconds for milliseconds fail as a clock would")
    func storeDigits() async throws {
        let node = try TestNode()
        let digits = WireCall.store().with(["timestamp": .text("\(WireOwner.now)"), "ttl": "86400000"])
        try await WireRow("digits", "store", digits.fields, 200, nil, on: WireInterface.json).check(at: node)
        let clock = "Timestamp error: check your clock"
        for seconds in [1_700_000_000, 5, -1] as [Int64] {
            try await WireRow(
                "\(seconds)", "store", WireCall.store(timestamp: seconds).fields, 406, clock
            ).check(at: node)
        }
    }
}
