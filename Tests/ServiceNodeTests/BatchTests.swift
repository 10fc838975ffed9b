import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// Several requests in one: `batch` and `sequence` (storage-node §3.7).
struct BatchTests {
    private static let info: JSON = ["method": "info", "params": [:]]
    private static let infoAsBencode = Bencode.dictionary(["method": .text("info"), "params": .dictionary([:])])

    /// An open mailbox's retrieve, which needs no signature.
    private func retrieve(_ account: AccountID) -> JSON {
        ["method": "retrieve", "params": ["pubkey": .string(account.hex), "namespace": -10]]
    }

    private func store(_ account: TestAccount, _ data: String) -> JSON {
        ["method": "store", "params": account.store(data, extra: ["namespace": -10])]
    }

    private func codes(_ reply: JSON) throws -> [Int64] {
        try reply.list("results").map { try #require($0["code"]?.asInteger) }
    }

    @Test(
        "A batch that is no batch is refused as a whole with the reference's words",
        arguments: [
            ("{}", #"no valid "requests" field"#), (#"{"requests":null}"#, #"no valid "requests" field"#),
            (#"{"requests":{}}"#, #"no valid "requests" field"#), (#"{"requests":[]}"#, #"no valid "requests" field"#),
            (#"{"requests":"x"}"#, #"no valid "requests" field"#),
            (#"{"requests":[1]}"#, "requests must be objects"), (#"{"requests":[[]]}"#, "requests must be objects"),
            (#"{"requests":[{}]}"#, "subrequests must have method/params keys"),
            (#"{"requests":[{"method":"info"}]}"#, "subrequests must have method/params keys"),
            (#"{"requests":[{"params":{}}]}"#, "subrequests must have method/params keys"),
            (#"{"requests":[{"method":7,"params":{}}]}"#, "subrequests must have method/params keys"),
            (#"{"requests":[{"method":"info","params":[]}]}"#, "subrequests must have method/params keys"),
            ("de", #"no valid "requests" field"#), ("d8:requestsdee", #"no valid "requests" field"#),
            ("d8:requestslee", #"empty "requests" list"#), ("d8:requestsli1eee", "requests must be dicts"),
            ("d8:requestsldeee", "subrequests must have a method"),
            ("d8:requestsld6:paramsdeeee", "subrequests must have a method"),
            ("d8:requestsld6:method4:infoeee", "subrequests must have a params dict"),
            ("d8:requestsld6:method4:info6:paramsleeee", "subrequests must have a params dict"),
        ])
    func malformed(body: String, problem: String) async throws {
        for method in ["batch", "sequence"] {
            let reply = try await TestNode().texts("storage.\(method)", [Bytes(body.utf8)])
            #expect(reply == ["400", "invalid request: Invalid batch request: \(problem)"])
        }
    }

    @Test(
        "Every request of a batch must name a method that may be part of one",
        arguments: [
            ("no", #"invalid method "no""#), ("", #"invalid method """#),
            ("path_build", #"invalid method "path_build""#),
            ("batch", "subrequests may not contain meta-requests"),
            ("sequence", "subrequests may not contain meta-requests"),
            ("ifelse", "subrequests may not contain meta-requests"),
        ])
    func wrongMethods(name: String, problem: String) async throws {
        for method in ["batch", "sequence"] {
            let call: JSON = ["method": .string(name), "params": [:]]
            let reply = try await TestNode().call(method, ["requests": [Self.info, call]])
            #expect(reply == ["400", "invalid request: Invalid batch subrequest: \(problem)"])
        }
    }

    @Test("Twenty requests are a batch, twenty-one are too many, in either encoding")
    func longest() async throws {
        let node = try TestNode()
        for method in ["batch", "sequence"] {
            let most = try await node.result(method, ["requests": .array(Array(repeating: Self.info, count: 20))])
            #expect(try codes(most) == Array(repeating: 200, count: 20))
            let refused = ["400", "invalid request: Invalid batch request: subrequest limit exceeded"]
            let tooMany: JSON = ["requests": .array(Array(repeating: Self.info, count: 21))]
            #expect(try await node.call(method, tooMany) == refused)
            let inBencode = Bencode.list(Array(repeating: Self.infoAsBencode, count: 21))
            #expect(try await node.call(method, bencode: .dictionary(["requests": inBencode])) == refused)
        }
    }

    @Test("One request with a wrong parameter fails the batch, in its own words, and nothing is run")
    func readBeforeRun() async throws {
        let account = try TestAccount()
        for method in ["batch", "sequence"] {
            let node = try TestNode()
            let bad: JSON = ["method": "store", "params": ["data": 1]]
            let reply = try await node.call(method, ["requests": [store(account, "kept"), bad]])
            #expect(reply == ["400", "invalid request: Invalid value given for 'data': expected string"])
            let page = try await node.result("retrieve", retrieve(account.session).need("params"))
            #expect(try page.list("messages").isEmpty)
        }
    }

    @Test("Results stand in the order of the requests: a code each, and a body that is an object or text; nothing more")
    func results() async throws {
        let node = try TestNode()
        let unsigned: JSON = ["method": "retrieve", "params": ["pubkey": .string(try TestAccount().session.hex)]]
        let text = try await node.call("batch", ["requests": [unsigned, Self.info]])
        let info = #"{"hf":[19,3],"t":1700000000000,"timestamp":1700000000000,"version":[2,8,0]}"#
        let refusal = #"{"body":"retrieve: request signature required","code":401}"#
        #expect(text == [#"{"results":[\#(refusal),{"body":\#(info),"code":200}]}"#])
    }

    @Test("A sequence ends with the first request that does not succeed; a batch goes on")
    func stopping() async throws {
        let account = try TestAccount()
        let refused: JSON = ["method": "retrieve", "params": ["pubkey": .string(account.session.hex)]]
        let requests: JSON = ["requests": [Self.info, refused, store(account, "later")]]
        let sequenceNode = try TestNode()
        #expect(try codes(await sequenceNode.result("sequence", requests)) == [200, 401])
        let page = try await sequenceNode.result("retrieve", retrieve(account.session).need("params"))
        #expect(try page.list("messages").isEmpty, "what comes after a failure is not run")
        #expect(try codes(await TestNode().result("batch", requests)) == [200, 401, 200])
    }

    @Test("A sequence sees what its earlier requests did")
    func order() async throws {
        let account = try TestAccount()
        let requests: JSON = ["requests": [store(account, "a"), store(account, "b"), retrieve(account.session)]]
        let reply = try await TestNode().result("sequence", requests)
        let page = try #require(try reply.list("results").last).need("body")
        #expect(
            try page.list("messages").map { try $0.text("data") } == ["a", "b"].map { Base64.encode(Bytes($0.utf8)) })
    }

    @Test("A batch has all its requests under way at once, a sequence one")
    func atOnce() async throws {
        let ask: JSON = ["method": "oxend_request", "params": ["endpoint": "ons_resolve"]]
        let requests: JSON = ["requests": [ask, ask, ask]]
        let gate = Gate()
        let node = try TestNode(transport: TestTransport(answer: { _ in await gate.pass() }))
        async let batch = node.result("batch", requests)
        await node.transport.untilRequested("rpc.ons_resolve", count: 3)
        gate.open()
        #expect(try await codes(batch) == [200, 200, 200])

        let underWay = Watched((now: 0, most: 0))
        let slow = try TestNode(
            transport: TestTransport(answer: { _ in
                underWay.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                // Time for the others to start, if they were let.
                for _ in 0..<50 { await Task.yield() }
                underWay.withLock { $0.now -= 1 }
                return .reply([Bytes("200".utf8), Bytes("1".utf8)])
            }))
        #expect(try codes(await slow.result("sequence", requests)) == [200, 200, 200])
        #expect(underWay.withLock { $0.most } == 1)
    }

    @Test("A batch looks into the store in the order of its requests, one lookup after the other")
    func lookups() async throws {
        let account = try TestAccount()
        let seen = Watched<[String]>([])
        let node = try TestNode(
            store: FailingStore(error: .closed) { namespace in
                seen.withLock { $0.append("\(namespace) begins") }
                // Time for the others to start, if they were let.
                for _ in 0..<50 { await Task.yield() }
                seen.withLock { $0.append("\(namespace) ends") }
            })
        let numbers: [Int16] = [-11, 11, 13, 14, 12]
        let requests = numbers.map { JSON.object(["method": "retrieve", "params": account.retrieve($0)]) }
        let reply = try await node.result("batch", ["requests": .array(requests)])
        #expect(try codes(reply) == Array(repeating: 500, count: 5))
        #expect(seen.withLock { $0 } == numbers.flatMap { ["\($0) begins", "\($0) ends"] })
    }

    @Test("In a bencoded batch data and signatures are raw bytes, as in every other bencoded answer")
    func rawBytes() async throws {
        let account = try TestAccount()
        let data: Bytes = [0, 0xff, 0x80]
        let store: [String: Bencode] = [
            "data": .bytes(data), "namespace": .integer(-10), "pubkey": .bytes(account.session.bytes),
            "timestamp": .integer(account.time), "ttl": .integer(86_400_000),
        ]
        let retrieve: [String: Bencode] = ["namespace": .integer(-10), "pubkey": .bytes(account.session.bytes)]
        let requests = Bencode.list(
            [("store", store), ("retrieve", retrieve)].map {
                .dictionary(["method": .text($0.0), "params": .dictionary($0.1)])
            })
        let node = try TestNode()
        let frames = try #require(
            try await node.frames("storage.sequence", [Bencode.dictionary(["requests": requests]).encoded]))
        let reply = try Bencode(parsing: frames.first ?? [])
        let results = try #require(reply["results"]?.asList)
        let own = results.first?["body"]?["swarm"]?[TestNode.keys.ed25519.publicKey.hex]
        #expect(own?["signature"]?.asBytes?.count == 64)
        #expect(results.last?["body"]?["messages"]?.asList?.first?["data"] == .bytes(data))
    }

    @Test("An onion's batch may prove its path; the same batch over HTTPS may not")
    func onionOnly() async throws {
        let body = Bytes(#"{"method":"batch","params":{"requests":[{"method":"path_build","params":{}}]}}"#.utf8)
        let node = try TestNode()
        let onion = try TestOnion(to: TestNode.keys.x25519.publicKey)
        let sealed = await node.post("/onion_req/v2", onion.entry(onion.layer(["headers": [:]], blob: body)))
        let answer = try JSON(parsing: try onion.opened(sealed.body))
        #expect(try codes(JSON(parsing: answer.text("body"))) == [200])
        #expect(await node.post("/storage_rpc/v1", body).status == 400)
    }

    @Test("Batches are not for swarm peers to forward", arguments: ["batch", "sequence", "ifelse", "oxend_request"])
    func notForwarded(method: String) async throws {
        let peer = NodeKeys(networkSeed: 7, name: "sn2")
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys), ListedNode(peer)]))
        let reply = try await node.texts(
            "sn.storage_cc", [Bytes(method.utf8), Bytes("de".utf8)], from: peer.x25519.publicKey)
        #expect(reply == ["400", "invalid request: received invalid forwarded non-forwardable request"])
    }
}

/// Lets requests to the ledger through only after it was opened.
private final class Gate: Sendable {
    private let isOpen = Watched(false)

    func open() { isOpen.withLock { $0 = true } }

    func pass() async -> OMQOutcome {
        await isOpen.until { $0 }
        return .reply([Bytes("200".utf8), Bytes("1".utf8)])
    }
}
