import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// Every row of the tables of HTTPS statuses and bodies, and the limits of its door (storage-node §2.1, §12.1).
struct HTTPRowTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var method = "POST"
        var path = "/storage_rpc/v1"
        var headers: [String: String] = [:]
        var address: IPv4Address? = .loopback
        var body = #"{"method":"info","params":{}}"#
        var status: Int
        var text: String?
        var closes = false
        var testDescription: String { "\(method) \(path) \(body.prefix(40)) → \(status)" }
    }

    /// A call whose body must not be looked at.
    private static let long = ["content-length": "10485761"]
    private static let badLength = ["content-length": "many"]
    private static let polling = ["x-loki-long-poll": "yes"]
    private static let gone = "long polling is no longer supported, client upgrade required"

    static let table: [Row] = [
        Row(path: "/ping_test/v1", headers: badLength, address: nil, body: "ignored", status: 200, text: ""),
        Row(status: 200),
        Row(headers: ["x-loki-long-poll": ""], status: 200),
        Row(method: "GET", path: "/get_stats/v1", status: 200, text: #"{"version":"2.8.0"}"#),
        Row(method: "GET", path: "/get_stats/v1?x=1", address: nil, status: 200, text: #"{"version":"2.8.0"}"#),
        Row(path: "/storage_test/v1", status: 404, text: "post /storage_test/v1 Not Found"),
        Row(path: "/retrieve_all?a=b", status: 404, text: "post /retrieve_all Not Found"),
        Row(path: "/swarms/push_batch/v1", status: 404, text: "post /swarms/push_batch/v1 Not Found"),
        Row(path: "/get_stats/v1", status: 404, text: "post /get_stats/v1 Not Found"),
        Row(method: "GET", status: 404, text: "get /storage_rpc/v1 Not Found"),
        Row(method: "GET", path: "/ping_test/v1", status: 404, text: "get /ping_test/v1 Not Found"),
        Row(method: "PUT", path: "/onion_req/v2", status: 404, text: "put /onion_req/v2 Not Found"),
        Row(method: "OPTIONS", status: 404, text: "options /storage_rpc/v1 Not Found"),
        Row(path: "/onion_req/v1", status: 404, text: "post /onion_req/v1 Not Found"),
        Row(headers: polling.merging(badLength) { $1 }, address: nil, status: 400, text: "Bad Request\n"),
        Row(headers: polling.merging(badLength) { $1 }, status: 410, text: gone),
        Row(headers: badLength, body: "no json", status: 400, text: "invalid Content-Length", closes: true),
        Row(headers: ["content-length": "-1"], status: 400, text: "invalid Content-Length", closes: true),
        Row(headers: ["content-length": ""], status: 400, text: "invalid Content-Length", closes: true),
        Row(headers: long, body: "no json", status: 413, text: "Request body too large", closes: true),
        Row(path: "/onion_req/v2", headers: badLength, status: 400, text: "invalid Content-Length", closes: true),
        Row(path: "/onion_req/v2", headers: long, status: 413, text: "Request body too large", closes: true),
        Row(body: "no json", status: 400, text: "invalid json"), Row(body: "", status: 400, text: "invalid json"),
        Row(body: "{} ", status: 400, text: "invalid json: no `method` field"),
        Row(body: "[]", status: 400, text: "invalid json: no `method` field"),
        Row(body: "7", status: 400, text: "invalid json: no `method` field"),
        Row(body: #"{"method":7,"params":{}}"#, status: 400, text: "invalid json: no `method` field"),
        Row(body: #"{"method":null,"params":{}}"#, status: 400, text: "invalid json: no `method` field"),
        Row(body: #"{"method":"info"}"#, status: 400, text: "invalid json: no `params` field"),
        Row(body: #"{"method":"nothing"}"#, status: 400, text: "invalid json: no `params` field"),
        Row(body: #"{"method":"info","params":[]}"#, status: 400, text: "invalid json: no `params` field"),
        Row(body: #"{"method":"info","params":null}"#, status: 400, text: "invalid json: no `params` field"),
        Row(body: #"{"method":"nothing","params":{}}"#, status: 400, text: "no method nothing"),
        Row(
            body: #"{"method":"revoked_subaccounts","params":{}}"#, status: 400,
            text: "no method revoked_subaccounts"),
        Row(
            body: #"{"method":"store","params":{}}"#, status: 400,
            text: "invalid request: Required field 'timestamp' missing"),
        Row(path: "/onion_req/v2", address: nil, body: "abcd", status: 400),
    ]

    private func answer(_ row: Row, at node: TestNode) async -> HTTPReply {
        let body = Bytes(row.body.utf8)
        return await node.http.respond(
            to: HTTPRequestHead(
                method: row.method, path: row.path,
                headers: ["content-length": "\(body.count)"].merging(row.headers) { $1 }, clientAddress: row.address),
            body: HTTPBody(body))
    }

    @Test("Each row has its status, body and headers, the server's name on all and CORS on none", arguments: table)
    func conditions(row: Row) async throws {
        let reply = await answer(row, at: try TestNode())
        #expect(reply.status == row.status)
        let text = String(decoding: reply.body, as: UTF8.self)
        if let expected = row.text { #expect(text == expected) }
        #expect(reply.closesConnection == row.closes)
        #expect(reply.headers["Server"] == "Oxen Storage Server/2.8.0")
        let type = text.hasPrefix("{") ? "application/json" : "text/plain"
        #expect(reply.headers["Content-Type"] == type)
        #expect(!reply.headers.keys.contains { $0.lowercased().hasPrefix("access-control") })
    }

    @Test("The methods, their aliases and nothing else are reachable")
    func methods() async throws {
        let node = try TestNode()
        let names = [
            "store", "retrieve", "delete", "delete_all", "delete_before", "expire", "expire_all", "get_expiries",
            "get_swarm", "get_snodes_for_pubkey", "oxend_request", "info", "revoke_subaccount",
            "unrevoke_subaccount", "batch", "sequence", "ifelse",
        ]
        #expect(MethodTable.queueNames == names.sorted())
        for name in names {
            let row = Row(body: #"{"method":"\#(name)","params":{}}"#, status: 400)
            let text = String(decoding: await answer(row, at: node).body, as: UTF8.self)
            #expect(text != "no method \(name)")
        }
    }

    private static let unready = ledgerTable([ListedNode(TestNode.keys)], revision: 2)
    private static let reason = "Service node is not ready: not yet on hardfork 19.3\n"

    @Test(
        "A node that is not ready refuses before all else where readiness counts, and answers elsewhere",
        arguments: [
            Row(headers: badLength.merging(polling) { $1 }, address: nil, status: 503, text: reason),
            Row(path: "/onion_req/v2", headers: badLength, status: 503, text: reason),
            Row(path: "/ping_test/v1", status: 200, text: ""),
            Row(method: "GET", path: "/get_stats/v1", status: 200, text: #"{"version":"2.8.0"}"#),
            Row(path: "/nothing", status: 404, text: "post /nothing Not Found"),
        ])
    func notReady(row: Row) async throws {
        let reply = await answer(row, at: try TestNode(table: Self.unready))
        #expect(reply.status == row.status)
        #expect(String(decoding: reply.body, as: UTF8.self) == row.text)
    }

    @Test("The queue serves clients of a node that is not ready: readiness is for HTTPS and onions")
    func notReadyQueue() async throws {
        let node = try TestNode(table: Self.unready)
        #expect(try await WireInterface.queueJSON.call(node, "info", [:]).status == 200)
        #expect(try await WireInterface.queueBencode.call(node, "store", WireCall.store().fields).status == 200)
    }

    private static let limited = "Too Many Requests\n"

    @Test("600 calls pass at once and the next is refused before long polling and length, until a token is there again")
    func rateLimit() async throws {
        let node = try TestNode()
        for _ in 0..<600 { #expect(await answer(Row(status: 200), at: node).status == 200) }
        let late = await answer(Row(headers: Self.polling.merging(Self.badLength) { $1 }, status: 429), at: node)
        #expect(late.status == 429)
        #expect(String(decoding: late.body, as: UTF8.self) == Self.limited)
        node.clock.advance(by: .microseconds(3333))
        #expect(await answer(Row(status: 200), at: node).status == 200)
        #expect(await answer(Row(status: 429), at: node).status == 429)
        #expect(await answer(Row(address: nil, status: 400), at: node).status == 400)
        #expect(await answer(Row(address: IPv4Address(10, 0, 0, 1), status: 200), at: node).status == 200)
    }

    @Test("The queue's bucket is another one, with words of its own; onions, pings and node commands have none")
    func otherDoors() async throws {
        let peer = NodeKeys(networkSeed: 7, name: "sn2")
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys), ListedNode(peer, ip: "127.1.0.2")]))
        for _ in 0..<601 { _ = await answer(Row(status: 200), at: node) }
        #expect(await answer(Row(status: 429), at: node).status == 429)
        let batch: [String: WireValue] = [
            "requests": .list(Array(repeating: ["method": "info", "params": [:]], count: 20))
        ]
        for index in 0..<600 {
            let answer = try await WireInterface.queueJSON.call(node, index < 100 ? "batch" : "info", batch)
            #expect(answer.status == 200, "call \(index)")
        }
        #expect(
            try await node.call("info", [:]) == ["429", "Too many requests, try again later"])
        for _ in 0..<3 {
            #expect(try await WireInterface.onion.call(node, "info", [:]).status == 200)
            #expect(await answer(Row(path: "/ping_test/v1", status: 200), at: node).status == 200)
            #expect(try await node.texts("sn.ping", [], from: peer.x25519.publicKey) == ["pong"])
            #expect(
                try await WireInterface.forward(node, .deleteAll(), from: peer).status == 200)
        }
    }
}
