import SessionCrypto
import SessionProtocol
import Testing

/// `batch`, `sequence` and `ifelse`: their errors and their answers (storage-node §3.7).
struct MetaRowTests {
    private static func request(_ method: String, _ fields: [String: WireValue] = [:]) -> WireValue {
        ["method": .text(method), "params": .fields(fields)]
    }
    private static func request(_ call: WireCall) -> WireValue { request(call.method, call.fields) }

    private static let info = request("info")
    private static let noRequests = #"Invalid batch request: no valid "requests" field"#

    private static let batchDefects: [WireDefect] = [
        .invalid(["requests": .absent], noRequests), .invalid(["requests": "x"], noRequests),
        .invalid(["requests": info], noRequests),
        .invalid(["requests": []], noRequests, bencoded: #"Invalid batch request: empty "requests" list"#),
        .invalid(
            ["requests": .list(Array(repeating: info, count: 21))],
            "Invalid batch request: subrequest limit exceeded"),
        .invalid(
            ["requests": [info, 1]], "Invalid batch request: requests must be objects",
            bencoded: "Invalid batch request: requests must be dicts"),
        .invalid(
            ["requests": [info, [:]]], "Invalid batch request: subrequests must have method/params keys",
            bencoded: "Invalid batch request: subrequests must have a method"),
        .invalid(
            ["requests": [["params": [:]]]], "Invalid batch request: subrequests must have method/params keys",
            bencoded: "Invalid batch request: subrequests must have a method"),
        .invalid(
            ["requests": [["method": "info"]]], "Invalid batch request: subrequests must have method/params keys",
            bencoded: "Invalid batch request: subrequests must have a params dict"),
        .invalid(
            ["requests": [["method": "info", "params": 1]]],
            "Invalid batch request: subrequests must have method/params keys",
            bencoded: "Invalid batch request: subrequests must have a params dict"),
        .invalid(["requests": [info, request("nothing")]], #"Invalid batch subrequest: invalid method "nothing""#),
        .invalid(
            ["requests": [info, request("store")]], "Required field 'timestamp' missing"),
    ]

    private static let metaRequests = ["batch", "sequence", "ifelse"].map {
        WireDefect.invalid(
            ["requests": [info, request($0, ["requests": [info]])]],
            "Invalid batch subrequest: subrequests may not contain meta-requests")
    }

    static let batchRows = ["batch", "sequence"].flatMap { method in
        (batchDefects + metaRequests).flatMap { WireCall(method, ["requests": [info]]).rows([$0]).prefix(1) }
    }

    @Test("A batch that cannot be read is refused whole, before any of it is run", arguments: batchRows)
    func batchErrors(row: WireRow) async throws { try await row.check(at: TestNode()) }

    private static let good: [String: WireValue] = ["if": ["height_at_least": 0], "then": info]

    private static let ifelseDefects: [WireDefect] = [
        .invalid(["if": .absent], #"Invalid ifelse request: no valid "if" field"#),
        .invalid(["if": 1], #"Invalid ifelse request: no valid "if" field"#),
        .invalid(["if": [:]], #"Invalid ifelse request: must specify at least one "if" condition"#),
        .invalid(["if": ["hf_at_least": []]], #"Invalid ifelse request: must specify at least one "if" condition"#),
        .invalid(["if": ["other": 1]], #"Invalid ifelse request: must specify at least one "if" condition"#),
        .invalid(["then": .absent], #"Invalid ifelse request: at least one of "then"/"else" required"#),
    ]

    private static func branchDefects(_ key: String) -> [WireDefect] {
        let keys = "Invalid ifelse request: \(key) must have method/params keys"
        return [
            .invalid(
                [key: 1], "Invalid ifelse request: \(key) must be an object",
                bencoded: "Invalid ifelse request: \(key) must be a dict"),
            .invalid([key: ["params": [:]]], keys, bencoded: "Invalid ifelse request: \(key) missing method"),
            .invalid([key: ["method": "info"]], keys, bencoded: "Invalid ifelse request: \(key) missing params"),
            .invalid([key: request("nothing")], "Invalid ifelse request method \"\(key)\""),
            .invalid([key: request("store")], "Required field 'timestamp' missing"),
        ]
    }

    static let ifelseRows = (ifelseDefects + branchDefects("then") + branchDefects("else")).flatMap {
        WireCall("ifelse", good).rows([$0]).prefix(1)
    }

    @Test("A condition that cannot be read is refused", arguments: ifelseRows)
    func ifelseErrors(row: WireRow) async throws { try await row.check(at: TestNode()) }

    @Test(
        "A condition of the wrong type is a parameter error",
        arguments: [
            ("hf_at_least", "integer array"), ("hf_before", "integer array"), ("v_at_least", "integer array"),
            ("v_before", "integer array"), ("height_at_least", "integer"), ("height_before", "integer"),
        ])
    func conditionTypes(name: String, type: String) async throws {
        let call = WireCall("ifelse", Self.good).with(["if": [name: "x"]])
        try await WireRow(
            "type", "ifelse", call.fields, 400, "invalid request: Invalid value given for '\(name)': expected \(type)"
        ).check(at: TestNode())
    }

    /// Sends a call and compares the whole answer.
    private func check(_ call: WireCall, _ expected: WireValue, node: TestNode) async throws {
        try await WireRow(
            "answer", call.method, call.fields, 200, expected.json?.text,
            bencoded: expected.bencode.map { String(decoding: $0.encoded, as: UTF8.self) }
        ).check(at: node)
    }

    private static let told: WireValue = [
        "hf": [19, 3], "t": .number(WireOwner.now), "timestamp": .number(WireOwner.now), "version": [2, 8, 0],
    ]
    private static let answered: WireValue = ["body": told, "code": 200]
    private static let refused: WireValue = ["body": "retrieve: request signature required", "code": 401]
    private static let refusedCall = request("retrieve", ["pubkey": .key(WireOwner.session)])

    @Test("A batch goes on after a failure and a sequence ends with it; neither adds time or fork")
    func results() async throws {
        let requests: WireValue = [Self.info, Self.refusedCall, Self.info]
        let node = try TestNode()
        try await check(
            WireCall("batch", ["requests": requests]), ["results": [Self.answered, Self.refused, Self.answered]],
            node: node)
        try await check(
            WireCall("sequence", ["requests": requests]), ["results": [Self.answered, Self.refused]], node: node)
        let twenty = WireValue.list(Array(repeating: Self.info, count: 20))
        try await check(
            WireCall("batch", ["requests": twenty]),
            ["results": .list(Array(repeating: Self.answered, count: 20))], node: node)
    }

    @Test("Data and signatures inside a bencoded batch are raw, as the caller's encoding is")
    func rawInBatch() async throws {
        let node = try TestNode()
        _ = try await WireInterface.queueJSON.call(node, "store", WireCall.store().fields)
        let call = WireCall("batch", ["requests": [Self.request(.retrieve())]])
        for interface in WireInterface.allCases {
            let answer = try await interface.call(node, "batch", call.fields)
            if interface.isJSON {
                let result = try #require(answer.json().list("results").first).need("body")
                #expect(try result.list("messages").first?.text("data") == "aGVsbG8=")
            } else {
                let body = try #require(answer.bencode()["results"]?.asList?.first?["body"])
                #expect(body["messages"]?.asList?.first?["data"] == .text("hello"))
            }
        }
    }

    @Test("A sequence runs one after another: the second sees what the first did")
    func sequence() async throws {
        for interface in WireInterface.allCases {
            let call = WireCall(
                "sequence",
                ["requests": [Self.request(.store()), Self.request(.deleteAll()), Self.request(.retrieve())]])
            let answer = try await interface.call(try TestNode(), "sequence", call.fields)
            #expect(answer.status == 200)
            let last =
                try interface.isJSON
                ? answer.json().list("results").last.map { try $0.need("body").list("messages").count }
                : answer.bencode()["results"]?.asList?.last?["body"]?["messages"]?.asList?.count
            #expect(last == 0)
        }
    }

    private static let facts: [String: WireValue] = ["height": 1, "hf": [19, 3], "v": [2, 8, 0]]

    @Test(
        "Conditions hold when every one of them does; numbers are compared in order, missing ones are 0",
        arguments: [
            (["hf_at_least": [19, 3]], true), (["hf_at_least": [19, 4]], false), (["hf_at_least": [19]], true),
            (["hf_at_least": 19], true), (["hf_at_least": 20], false), (["hf_at_least": [19, 3, 9]], true),
            (["hf_before": [19, 3]], false), (["hf_before": [19, 4]], true), (["hf_before": 19], false),
            (["hf_before": 20], true), (["v_at_least": [2, 8, 0]], true), (["v_at_least": [2, 8, 1]], false),
            (["v_at_least": 2], true), (["v_before": [2, 8]], false), (["v_before": [2, 8, 1]], true),
            (["v_before": 3], true), (["height_at_least": 1], true), (["height_at_least": 2], false),
            (["height_before": 1], false), (["height_before": 2], true),
            (["hf_at_least": [], "height_at_least": 1], true),
            (["hf_at_least": 19, "v_at_least": 2, "height_before": 2], true),
            (["hf_at_least": 19, "v_at_least": 2, "height_before": 1], false),
        ] as [([String: WireValue], Bool)])
    func conditions(conditions: [String: WireValue], isMet: Bool) async throws {
        let node = try TestNode()
        var expected = Self.facts
        expected["condition"] = .flag(isMet)
        expected["result"] = isMet ? Self.answered : Self.refused
        let both = WireCall("ifelse", ["if": .fields(conditions), "then": Self.info, "else": Self.refusedCall])
        try await check(both, .fields(expected), node: node)
        let missing = both.with([isMet ? "then" : "else": .absent])
        expected["result"] = .absent
        try await check(missing, .fields(expected), node: node)
    }

    @Test("Conditions nest five deep, with a batch inside")
    func nested() async throws {
        let node = try TestNode()
        var call = WireCall("batch", ["requests": [Self.info]])
        var reply: WireValue = ["results": [Self.answered]]
        for _ in 0..<5 {
            call = WireCall("ifelse", ["if": ["height_at_least": 1], "then": Self.request(call)])
            let told: [String: WireValue] = ["condition": true, "result": ["body": reply, "code": 200]]
            reply = .fields(Self.facts.merging(told) { $1 })
        }
        try await check(call, reply, node: node)
    }
}
