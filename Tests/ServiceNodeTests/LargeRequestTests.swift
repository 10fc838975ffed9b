import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing

@testable import ServiceNode

/// What one request, one caller and one node may hold at work.
struct LargeRequestTests {
    private static let tooMany = "invalid request: more than 10000 values in one request"
    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")

    /// A list of so many empty texts.
    private static func list(_ count: Int) -> JSON { .array(Array(repeating: "", count: count)) }

    /// Every field that may be a list, and places where nobody looks for one. Each with what its list is in.
    private static let places: [(method: String, parameters: @Sendable (JSON) -> JSON)] = [
        ("delete", { ["messages": $0] }), ("expire", { ["messages": $0, "expiry": 1] }),
        ("expire", { ["messages": "x", "expiry": $0] }), ("get_expiries", { ["messages": $0] }),
        ("revoke_subaccount", { ["revoke": $0] }), ("unrevoke_subaccount", { ["unrevoke": $0] }),
        ("delete_all", { ["namespace": $0] }), ("batch", { ["requests": $0] }), ("sequence", { ["requests": $0] }),
        ("ifelse", { ["if": ["hf_at_least": $0]] }), ("ifelse", { ["if": ["v_before": $0]] }),
        ("batch", { ["requests": [["method": "delete", "params": ["messages": $0]]]] }),
        ("ifelse", { ["if": [:], "then": ["method": "delete", "params": ["messages": $0]]] }),
        ("oxend_request", { ["endpoint": "get_service_nodes", "params": ["fields": $0]] }),
        ("info", { ["of no use": $0] }), ("store", { ["data": [$0, [$0]]] }), ("retrieve", { ["pubkey": ["a": $0]] }),
    ]

    @Test("No list of any field may have more values than a request, wherever it stands and whichever way it comes")
    func everyList() async throws {
        let node = try TestNode()
        let onion = try TestOnion(to: TestNode.keys.x25519.publicKey)
        for (method, parameters) in Self.places {
            let parameters = parameters(Self.list(Limits.requestValues))
            let envelope: JSON = ["method": .string(method), "params": parameters]
            let overHTTPS = await node.post("/storage_rpc/v1", envelope.utf8)
            #expect(overHTTPS.status == 400 && String(decoding: overHTTPS.body, as: UTF8.self) == Self.tooMany)
            #expect(try await node.call(method, parameters) == ["400", Self.tooMany], "\(method)")
            #expect(try await node.call(method, bencode: parameters.bencodedRequest) == ["400", Self.tooMany])
            let sealed = await node.post(
                "/onion_req/v2", onion.entry(onion.layer(["headers": [:]], blob: envelope.utf8)))
            let opened = try JSON(parsing: onion.opened(sealed.body))
            #expect(opened == ["body": .string(Self.tooMany), "status": 400])
        }
    }

    @Test("A delete and an expire of the most messages that fit are carried out, here and on the other members")
    func mostMessages() async throws {
        let account = try TestAccount()
        let table = ledgerTable([ListedNode(TestNode.keys), ListedNode(Self.peer)])
        let member = try TestNode(keys: Self.peer, table: table)
        let node = try TestNode(
            table: table,
            transport: TestTransport(answer: { request in
                // A member that did not answer is reported by the call itself, below.
                let frames = try? await member.frames(
                    request.command, request.parts, from: TestNode.keys.x25519.publicKey)
                return .reply((frames ?? nil) ?? [])
            }))
        // The object itself, the list, and the account, its key and the signature.
        let hashes = (0..<Limits.requestValues - 5).map { account.hash("\($0)") }
        _ = try await node.call("store", account.store("7"))
        let entry = try await node.entry("delete", account.delete(hashes))
        #expect(try entry.list("deleted").count == 1)
        let copy = try #require(node.transport.requests("sn.storage_cc").last)
        let answer = try #require(
            try await member.frames("sn.storage_cc", copy.parts, from: TestNode.keys.x25519.publicKey))
        #expect(answer.count == 1, "\(answer.map { String(decoding: $0, as: UTF8.self) })")
        let one = try await node.call("delete", account.delete(hashes + [account.hash("one more")]))
        #expect(one == ["400", Self.tooMany])
    }

    @Test(
        "A caller has so much room for large requests, and the node so much for all; small ones need none",
        arguments: [
            // Bytes that are taken already, by whom (0 is nobody in particular), and those of the next caller's request.
            ([], 1, 10_485_760, .taken), ([(1, 30)], 1, 2, .taken), ([(1, 30)], 1, 3, .callerHasTooMuch),
            ([(2, 30)], 1, 10, .taken), ([(2, 32), (3, 30)], 1, 2, .taken),
            ([(2, 32), (3, 30)], 1, 3, .nodeHasTooMuch),
            ([(0, 60)], 0, 4, .taken), ([(0, 60)], 0, 5, .nodeHasTooMuch), ([(0, 60)], 1, 5, .nodeHasTooMuch),
        ] as [([(UInt8, Int)], UInt8, Int, WorkRoom.Outcome)])
    func room(taken: [(UInt8, Int)], caller: UInt8, size: Int, expected: WorkRoom.Outcome) async throws {
        func name(_ number: UInt8) -> WorkRoom.Caller? {
            number == 0 ? nil : .address(IPv4Address(10, 0, 0, number))
        }
        let room = WorkRoom()
        for (caller, megabytes) in taken { #expect(room.take(megabytes << 20, for: name(caller)) == .taken) }
        let bytes = size > 1000 ? size : size << 20
        #expect(room.take(bytes, for: name(caller)) == expected)
        let isServed = await room.holding(
            WorkRoom.smallBytes, for: name(caller), refused: { _ in false }, { true })
        #expect(isServed)
        if expected == .taken { room.giveBack(bytes, of: name(caller)) }
        for (caller, megabytes) in taken { room.giveBack(megabytes << 20, of: name(caller)) }
        #expect(room.bytes == 0)
        #expect(room.take(32 << 20, for: name(caller)) == .taken, "all of it is free again")
    }

    /// What a large request is refused with, for every way in.
    private func answers(of node: TestNode) async throws -> [[String]] {
        let large = Bytes(repeating: 0x20, count: 200_000)
        var answers: [[String]] = []
        for path in ["/storage_rpc/v1", "/onion_req/v2"] {
            let unread = HTTPBody { _ in
                Issue.record("what is refused is not read")
                return []
            }
            let reply = await node.http.respond(
                to: HTTPRequestHead(
                    method: "POST", path: path, headers: ["content-length": "200000"], clientAddress: .loopback),
                body: unread)
            #expect(reply.closesConnection)
            answers.append([String(reply.status), String(decoding: reply.body, as: UTF8.self)])
        }
        answers.append(try await node.texts("storage.info", [large]))
        return answers
    }

    @Test("A caller with too much at work hears 429, all callers of a full node 503, before anything is read")
    func refusals() async throws {
        let node = try TestNode()
        #expect(node.state.limits.clientRoom.take(32 << 20, for: .address(.loopback)) == .taken)
        let https = ["429", "Too Many Requests\n"]
        #expect(try await answers(of: node) == [https, https, ["429", "Too many requests, try again later"]])
        #expect(node.state.limits.clientRoom.take(32 << 20, for: nil) == .taken)
        node.state.limits.clientRoom.giveBack(32 << 20, of: .address(.loopback))
        #expect(node.state.limits.clientRoom.take(32 << 20, for: nil) == .taken)
        let busy = ["503", "Server busy, try again later"]
        #expect(try await answers(of: node) == [busy, busy, busy])
        // What is small goes on.
        #expect(await node.post("/storage_rpc/v1", TestOnion.call("info")).status == 200)
        #expect(try await node.call("info", [:]).count == 1)
    }

    @Test("Copies from members and onions on their way have room of their own")
    func separateRooms() async throws {
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys), ListedNode(Self.peer)]))
        let caller = Self.peer.x25519.publicKey
        let large = Bytes(repeating: 0x20, count: 200_000)
        let copy = [Bytes("delete".utf8), large]
        for _ in 0..<2 { #expect(node.state.limits.clientRoom.take(32 << 20, for: nil) == .taken) }
        #expect(try await node.texts("sn.storage_cc", copy, from: caller)[0] == "400")
        #expect(try await node.texts("sn.onion_request", [large], from: caller)[0] == "400")
        for _ in 0..<2 { #expect(node.state.limits.copyRoom.take(32 << 20, for: nil) == .taken) }
        #expect(try await node.texts("sn.storage_cc", copy, from: caller)[0] == "503")
        #expect(try await node.texts("sn.onion_request", [large], from: caller)[0] == "400")
        for _ in 0..<2 { #expect(node.state.limits.relayRoom.take(32 << 20, for: nil) == .taken) }
        #expect(try await node.texts("sn.onion_request", [large], from: caller)[0] == "503")
        #expect(try await node.texts("sn.ping", [], from: caller) == ["pong"])
    }

    @Test("Room is given back whatever becomes of the request")
    func givenBack() async throws {
        let node = try TestNode()
        let bodies: [HTTPBody] = [
            HTTPBody(Bytes(repeating: 0x20, count: 200_000)), HTTPBody { _ in throw HTTPBody.TooLarge() },
            HTTPBody { _ in throw CancellationError() },
        ]
        for body in bodies {
            for headers in [["content-length": "200000"], [:]] {
                _ = await node.http.respond(
                    to: HTTPRequestHead(
                        method: "POST", path: "/storage_rpc/v1", headers: headers, clientAddress: .loopback), body: body
                )
                #expect(node.state.limits.clientRoom.bytes == 0)
            }
        }
    }

    @Test(
        "A batch or sequence of retrieves answers no more in all than one may, a message each at least, and says more")
    func answersOfABatch() async throws {
        let account = try TestAccount()
        let node = try TestNode()
        let data = Bytes(repeating: 1, count: 70_000)
        for number in 0..<100 {
            _ = try await node.store.store(
                StoredMessage(
                    account: account.session, namespace: Namespace(-10),
                    hash: MessageHash(
                        account: account.session, namespace: Namespace(-10), data: Bytes("\(number)".utf8)),
                    timestamp: account.time, expiry: account.time + 86_400_000, data: data))
        }
        let all: JSON = [
            "method": "retrieve",
            "params": ["pubkey": .string(account.session.hex), "namespace": -10, "max_size": -1],
        ]
        for method in ["batch", "sequence"] {
            let reply = try await node.result(method, ["requests": .array(Array(repeating: all, count: 20))])
            let counts = try reply.list("results").map { try $0.need("body").list("messages").count }
            #expect(counts == [83] + Array(repeating: 1, count: 19))
            #expect(try reply.list("results").allSatisfy { try $0.need("body")["more"] == true })
        }
        // A client that shares the room out gets all it asks for.
        let half: JSON = [
            "method": "retrieve",
            "params": ["pubkey": .string(account.session.hex), "namespace": -10, "max_size": -2],
        ]
        let shared = try await node.result("batch", ["requests": [half, half]])
        #expect(try shared.list("results").map { try $0.need("body").list("messages").count } == [41, 41])
    }

    @Test("Pages that are asked for together share the room for them, and give it back")
    func pages() async throws {
        let room = PageRoom()
        var sizes: [Int] = []
        func ask(_ times: Int) async throws(Refusal) {
            guard times > 0 else { return }
            try await room.holding(RetrieveLimits()) { limits throws(Refusal) in
                sizes.append(limits.maximumBytes)
                try await ask(times - 1)
            }
        }
        try await ask(40)
        #expect(sizes.prefix(6).allSatisfy { $0 == Limits.retrieveBytes })
        #expect(sizes.reduce(0, +) < PageRoom.mostBytes + 40 * PageRoom.leastBytes)
        #expect(sizes.last == PageRoom.leastBytes)
        #expect(room.bytesLeft == PageRoom.mostBytes)
        await #expect(throws: Refusal.busy) {
            try await room.holding(RetrieveLimits()) { _ throws(Refusal) in throw Refusal.busy }
        }
        #expect(room.bytesLeft == PageRoom.mostBytes)
    }

    @Test("What the ledger says is passed on in a batch as long as there is room")
    func ledgerAnswersOfABatch() async throws {
        let long = Bytes("\"\(String(repeating: "x", count: 3_000_000))\"".utf8)
        let node = try TestNode(transport: TestTransport(answer: { _ in .reply([Bytes("200".utf8), long]) }))
        let ask: JSON = ["method": "oxend_request", "params": ["endpoint": "ons_resolve"]]
        let reply = try await node.result("sequence", ["requests": [ask, ask, ask, ask, ask]])
        #expect(try reply.list("results").map { $0["code"]?.asInteger } == [200, 200, 200, 503])
        #expect(try reply.list("results").last?["body"] == "Server busy, try again later")
    }
}
