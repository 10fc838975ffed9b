import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// What the node serves over HTTPS, and in which order it refuses (storage-node §2.1).
struct HTTPInterfaceTests {
    private static let info = Bytes(#"{"method":"info","params":{}}"#.utf8)

    /// A body nobody may read.
    private static let untouchable = HTTPBody { _ in
        Issue.record("the body was read")
        return []
    }

    private func text(_ reply: HTTPReply) -> String { String(decoding: reply.body, as: UTF8.self) }

    private func head(
        _ path: String, method: String = "POST", _ headers: [String: String] = [:],
        from address: IPv4Address? = .loopback
    ) -> HTTPRequestHead {
        HTTPRequestHead(method: method, path: path, headers: headers, clientAddress: address)
    }

    @Test("The ping is answered with the legacy key of the vectors, unready and before the body is read")
    func ping() async throws {
        let identity = try #require(vectors("storage").list("identity").first)
        let keys = NodeKeys(
            borrowing: TestNode.keys, legacy: try LegacyKeyPair(scalar: identity.bytes("legacy_seckey")))
        let node = try TestNode(keys: keys, table: nil)
        let reply = await node.http.respond(to: head("/ping_test/v1"), body: Self.untouchable)
        let header = try identity.text("ping_header_b64")
        #expect(
            reply
                == HTTPReply(
                    status: 200,
                    headers: [
                        "Content-Type": "text/plain", "X-Oxen-Snode-Pubkey": header,
                        "Server": "Oxen Storage Server/2.8.0",
                    ]))
    }

    @Test("A call is answered as JSON under the server's name, text as text")
    func call() async throws {
        let node = try TestNode()
        #expect(
            await node.post("/storage_rpc/v1", Self.info)
                == HTTPReply(
                    status: 200,
                    headers: ["Content-Type": "application/json", "Server": "Oxen Storage Server/2.8.0"],
                    body: Bytes(#"{"hf":[19,3],"t":1700000000000,"timestamp":1700000000000,"version":[2,8,0]}"#.utf8)))
        let refused = await node.post("/storage_rpc/v1", Bytes("no".utf8))
        #expect(refused.headers == ["Content-Type": "text/plain", "Server": "Oxen Storage Server/2.8.0"])
    }

    @Test(
        "Bodies that are no call are refused with the reference's words",
        arguments: [
            ("", 400, "invalid json"), ("{", 400, "invalid json"), ("{} x", 400, "invalid json"),
            ("[]", 400, "invalid json: no `method` field"), ("{}", 400, "invalid json: no `method` field"),
            (#"{"method":1,"params":{}}"#, 400, "invalid json: no `method` field"),
            (#"{"method":"info"}"#, 400, "invalid json: no `params` field"),
            (#"{"method":"info","params":[]}"#, 400, "invalid json: no `params` field"),
            (#"{"method":"no","params":{}}"#, 400, "no method no"),
            (#"{"method":"path_build","params":{}}"#, 400, "no method path_build"),
            (#"{"method":"","params":{}}"#, 400, "no method "),
            (#"{"method":"store","params":{}}"#, 400, "invalid request: Required field 'timestamp' missing"),
        ] as [(String, Int, String)])
    func envelopes(body: String, status: Int, expected: String) async throws {
        let reply = await (try TestNode()).post("/storage_rpc/v1", Bytes(body.utf8))
        #expect(reply.status == status)
        #expect(text(reply) == expected)
        #expect(!reply.closesConnection)
    }

    @Test(
        "Names that the protocol does not have are no methods",
        arguments: ["revoked_subaccounts", "Info", "path_build"])
    func missingMethods(name: String) async throws {
        let node = try TestNode()
        let reply = await node.post("/storage_rpc/v1", Bytes(#"{"method":"\#(name)","params":{}}"#.utf8))
        #expect(text(reply) == "no method \(name)")
        let decision = OMQDispatch.decide(
            [Bytes("storage.\(name)".utf8), [1]], onListener: true, caller: TestNode.stranger, isLedger: false,
            service: node.queue.service)
        guard case .answer(let frames) = decision else {
            Issue.record("storage.\(name) is served")
            return
        }
        #expect(frames == [Bytes("UNKNOWNCOMMAND".utf8), Bytes("storage.\(name)".utf8)])
    }

    @Test(
        "Anything else is not found, named with its verb in lower case and without its query",
        arguments: [
            ("GET", "/", "get / Not Found"), ("GET", "/storage_rpc/v1", "get /storage_rpc/v1 Not Found"),
            ("POST", "/get_stats/v1", "post /get_stats/v1 Not Found"),
            ("DELETE", "/swarms/ping?x=1&y", "delete /swarms/ping Not Found"),
            ("POST", "/storage_rpc/v2", "post /storage_rpc/v2 Not Found"),
            ("POST", "/storage_rpc/v1/", "post /storage_rpc/v1/ Not Found"),
        ])
    func notFound(method: String, path: String, expected: String) async throws {
        let reply = await (try TestNode()).http.respond(to: head(path, method: method), body: Self.untouchable)
        #expect(reply.status == 404)
        #expect(text(reply) == expected)
        #expect(reply.headers["Server"] == "Oxen Storage Server/2.8.0")
    }

    @Test("Statistics are the version, ready or not; a query does not hide a path")
    func statistics() async throws {
        let node = try TestNode(table: nil)
        let reply = await node.http.respond(to: head("/get_stats/v1?x", method: "GET"), body: HTTPBody([]))
        #expect(reply.status == 200)
        #expect(text(reply) == #"{"version":"2.8.0"}"#)
    }

    @Test(
        "A node that cannot serve says why, on both paths that need it",
        arguments: [
            (
                ledgerTable([ListedNode(TestNode.keys)], hardfork: 19, revision: 2),
                "Service node is not ready: not yet on hardfork 19.3\n"
            ),
            (
                ledgerTable([ListedNode(TestNode.keys, swarm: ListedNode.decommissioned)], hardfork: 20, revision: 0),
                "Service node is not ready: not in any swarm\n"
            ),
            (
                ledgerTable([], hardfork: 18, revision: 9),
                "Service node is not ready: not yet on hardfork 19.3; not in any swarm\n"
            ),
        ] as [(JSON, String)])
    func notReady(table: JSON, expected: String) async throws {
        let node = try TestNode(table: table)
        for path in ["/storage_rpc/v1", "/onion_req/v2"] {
            let reply = await node.http.respond(
                to: head(path, ["content-length": "bad", "x-loki-long-poll": "1"], from: nil), body: Self.untouchable)
            #expect(reply.status == 503)
            #expect(text(reply) == expected)
        }
    }

    @Test("Refusals come in order: address, long polling, length, call")
    func order() async throws {
        let node = try TestNode()
        let longPoll = ["x-loki-long-poll": "1", "content-length": "bad"]
        let noAddress = await node.http.respond(
            to: head("/storage_rpc/v1", longPoll, from: nil), body: Self.untouchable)
        #expect(noAddress.status == 400)
        #expect(text(noAddress) == "Bad Request\n")
        let polling = await node.http.respond(to: head("/storage_rpc/v1", longPoll), body: Self.untouchable)
        #expect(polling.status == 410)
        #expect(text(polling) == "long polling is no longer supported, client upgrade required")
        let empty = await node.http.respond(
            to: head("/storage_rpc/v1", ["x-loki-long-poll": ""]), body: HTTPBody(Self.info))
        #expect(empty.status == 200)
    }

    @Test(
        "A declared length is checked before the body is read",
        arguments: [
            ("abc", 400, "invalid Content-Length"), ("-1", 400, "invalid Content-Length"),
            ("+5", 400, "invalid Content-Length"), ("", 400, "invalid Content-Length"),
            ("1.5", 400, "invalid Content-Length"), ("10485761", 413, "Request body too large"),
        ])
    func declaredLength(length: String, status: Int, expected: String) async throws {
        for path in ["/storage_rpc/v1", "/onion_req/v2"] {
            let reply = await (try TestNode()).http.respond(
                to: head(path, ["content-length": length]), body: Self.untouchable)
            #expect(reply.status == status)
            #expect(text(reply) == expected)
            #expect(reply.closesConnection)
        }
    }

    @Test("A body may be as long as the limit, declared or not, and no longer")
    func longest() async throws {
        let node = try TestNode()
        // Says it is longer still, so an onion parser that is given it refuses it at its first four bytes.
        let largest = Bytes(repeating: 0xff, count: Limits.requestBytes)
        let read =
            "Error parsing onion request: Unexpected payload size \(Limits.requestBytes - 4), expected >= \(UInt32.max)"
        #expect(text(await node.post("/onion_req/v2", largest)) == read)
        #expect(text(await node.http.respond(to: head("/onion_req/v2"), body: HTTPBody(largest))) == read)
        let tooLarge = await node.http.respond(to: head("/onion_req/v2"), body: HTTPBody(largest + [0xff]))
        #expect(tooLarge.status == 413)
        #expect(text(tooLarge) == "Request body too large")
        #expect(tooLarge.closesConnection)
    }

    @Test("A body that breaks off is refused, and so ends the connection")
    func brokenOff() async throws {
        struct Broken: Error {}
        let reply = await (try TestNode()).http.respond(
            to: head("/storage_rpc/v1"), body: HTTPBody { _ in throw Broken() })
        #expect(reply.status == 400)
        #expect(reply.closesConnection)
    }

    @Test("421 has a JSON body over HTTPS too")
    func wrongSwarm() async throws {
        let other = NodeKeys(networkSeed: 7, name: "sn2")
        let node = try TestNode(
            table: ledgerTable([
                ListedNode(TestNode.keys, swarm: 0x10), ListedNode(other, swarm: 0x9000_0000_0000_0000),
            ]))
        let account = "059" + String(repeating: "0", count: 63)
        let reply = await node.post(
            "/storage_rpc/v1", Bytes(#"{"method":"retrieve","params":{"pubkey":"\#(account)"}}"#.utf8))
        #expect(reply.status == 421)
        #expect(reply.headers["Content-Type"] == "application/json")
        #expect(try JSON(parsing: reply.body).asObject?.keys.sorted() == ["hf", "snodes", "swarm", "t"])
    }
}
