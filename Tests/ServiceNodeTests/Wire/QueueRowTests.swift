import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// Every row of the message queue's tables: who may call what, and what answers calls that cannot be run
/// (storage-node §2.2).
struct QueueRowTests {
    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")

    enum Caller: Sendable, CaseIterable {
        case client
        case node
        case decommissioned
        case ledger
    }

    private static let clientMethods = [
        "store", "retrieve", "delete", "delete_all", "delete_before", "expire", "expire_all", "get_expiries",
        "get_swarm", "get_snodes_for_pubkey", "oxend_request", "info", "revoke_subaccount", "unrevoke_subaccount",
        "batch", "sequence", "ifelse",
    ].map { "storage.\($0)" }
    private static let nodeCommands = [
        "data", "data_ready", "ping", "storage_test", "onion_request", "storage_cc",
    ].map { "sn.\($0)" }
    private static let adminCommands = ["service.get_stats", "notify.block"]

    static let commands: [(name: String, refusal: String?, allowed: [Caller])] =
        (clientMethods + ["monitor.messages"]).map { ($0, nil, Caller.allCases) }
        // Whoever left the swarms is still let in to hand over what it holds.
        + nodeCommands.map { ($0, "FORBIDDEN_SN", $0 == "sn.data" ? [.node, .decommissioned] : [.node]) }
        + adminCommands.map { ($0, "FORBIDDEN", [.ledger]) }

    private func decide(_ frames: [Bytes], _ caller: Caller, at node: TestNode) -> OMQDispatch {
        let key =
            switch caller {
            case .client, .ledger: TestNode.stranger
            case .node: Self.peer.x25519.publicKey
            case .decommissioned: NodeKeys(networkSeed: 7, name: "sn3").x25519.publicKey
            }
        return OMQDispatch.decide(
            frames, onListener: true, caller: key, isLedger: caller == .ledger, service: node.queue.service)
    }

    private func node() throws -> TestNode {
        try TestNode(
            table: ledgerTable([
                ListedNode(TestNode.keys), ListedNode(Self.peer, ip: "127.1.0.2"),
                ListedNode(
                    NodeKeys(networkSeed: 7, name: "sn3"), ip: "127.1.0.3", swarm: ListedNode.decommissioned),
            ]))
    }

    private func answer(_ decision: OMQDispatch) -> [String]? {
        guard case .answer(let frames) = decision else { return nil }
        return frames.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "Each command is for those its row names, and others are told so with or without their tag", arguments: commands
    )
    func access(name: String, refusal: String?, allowed: [Caller]) throws {
        let node = try node()
        for caller in Caller.allCases {
            let full = decide([Bytes(name.utf8), Bytes("tag".utf8), Bytes("x".utf8)], caller, at: node)
            let tagless = decide([Bytes(name.utf8)], caller, at: node)
            if allowed.contains(caller) {
                guard case .run(let command, let ran, Bytes("tag".utf8)?, [Bytes("x".utf8)]) = full else {
                    Issue.record("\(name) was not run for \(caller): \(full)")
                    continue
                }
                #expect(ran == name)
                #expect(command.isRequest)
                #expect(answer(tagless) == ["NO_REPLY_TAG", name])
            } else {
                let word = try #require(refusal)
                #expect(answer(full) == [word, "REPLY", "tag"])
                #expect(answer(tagless) == [word, name])
            }
        }
    }

    @Test(
        "A name that is no command is unknown, and its tag is not returned",
        arguments: [
            "storage", "store", "storage.", "storage.nothing", "storage.path_build", "nothing.store", ".store",
            "sn.nothing", "monitor.nothing", "service.nothing", "notify.message", "",
            String(repeating: "a", count: 251) + ".b",
        ])
    func unknown(name: String) throws {
        let decision = decide([Bytes(name.utf8), Bytes("tag".utf8), Bytes("{}".utf8)], .node, at: try node())
        #expect(answer(decision) == ["UNKNOWNCOMMAND", name])
    }

    @Test("Each category has its queue: 1000 for nodes, 200 for clients, 500 for subscriptions")
    func queues() throws {
        let limits = try node().queue.service.queueLimits
        #expect(limits["sn"] == 1000)
        #expect(limits["storage"] == 200)
        #expect(limits["monitor"] == 500)
    }

    private static let parts = "Invalid request: expected 1 message parts, received "

    @Test(
        "A client's command takes no part or one, in JSON or bencode",
        arguments: [
            (["{}", "{}"], ["400", parts + "2"]), (["", "", ""], ["400", parts + "3"]),
            (["x"], ["400", "invalid body: expected json or bt_dict"]),
            (["7"], ["400", "invalid body: expected json or bt_dict"]),
            (["[]"], ["400", "invalid body: expected json or bt_dict"]),
            (["le"], ["400", "invalid body: expected json or bt_dict"]),
            (["i1e"], ["400", "invalid body: expected json or bt_dict"]),
            (["d1:"], ["500", "request failed"]), (["d"], ["500", "request failed"]),
            ([], ["400", "invalid request: Required field 'pubkey' missing"]),
            ([""], ["400", "invalid request: Required field 'pubkey' missing"]),
            (["{}"], ["400", "invalid request: Required field 'pubkey' missing"]),
            (["de"], ["400", "invalid request: Required field 'pubkey' missing"]),
            (["detrailing"], ["400", "invalid request: Required field 'pubkey' missing"]),
        ])
    func bodies(parts: [String], expected: [String]) async throws {
        #expect(try await node().texts("storage.retrieve", parts.map { Bytes($0.utf8) }) == expected)
    }

    private static let forwardable = [
        "store", "delete", "delete_all", "delete_before", "expire", "expire_all", "revoke_subaccount",
        "unrevoke_subaccount",
    ]

    @Test("Copies take two parts: fewer and unknown methods get no reply, more get an error", arguments: forwardable)
    func copies(method: String) async throws {
        let node = try node()
        let key = Self.peer.x25519.publicKey
        func answer(_ parts: [String]) async throws -> [String]? {
            try await node.frames("sn.storage_cc", parts.map { Bytes($0.utf8) }, from: key)?
                .map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try await answer([]) == nil)
        #expect(try await answer([method]) == nil)
        #expect(try await answer(["no_\(method)", "de"]) == nil)
        #expect(
            try await answer([method, "de", "de"]) == ["400", "Invalid request: expected 2 message parts, received 3"])
        for body in ["de", "{}", ""] {
            let reply = try #require(try await answer([method, body]))
            #expect(reply.first == "400")
            #expect(reply.last?.hasPrefix("invalid request: Required field '") == true)
        }
        #expect(try await answer([method, "x"]) == ["400", "invalid body: expected json or bt_dict"])
        #expect(try await answer([method, "d1:"]) == ["500", "request failed"])
    }

    @Test(
        "What is not run by the whole swarm cannot be forwarded",
        arguments: [
            "retrieve", "get_expiries", "get_swarm", "get_snodes_for_pubkey", "oxend_request", "info", "batch",
            "sequence", "ifelse",
        ])
    func notForwardable(method: String) async throws {
        #expect(
            try await node().texts(
                "sn.storage_cc", [Bytes(method.utf8), Bytes("de".utf8)], from: Self.peer.x25519.publicKey)
                == ["400", "invalid request: received invalid forwarded non-forwardable request"])
    }

    @Test("A copy is answered with this node's own entry, in the copy's encoding, and goes no further")
    func copyEntries() async throws {
        let node = try node()
        let calls: [(WireCall, [String])] = [
            (.store(), ["expiry", "hash", "signature"]), (.expireAll(), ["signature", "updated"]),
            (.expire(), ["expiry", "signature", "updated"]),
            (.expire(flag: "extend"), ["expiry", "signature", "unchanged", "updated"]),
            (.revoke(), ["signature"]), (.unrevoke(), ["count", "signature"]), (.delete(), ["deleted", "signature"]),
            (.deleteBefore(), ["deleted", "signature"]), (.deleteAll(), ["deleted", "signature"]),
        ]
        for (call, keys) in calls {
            let bencoded = try await WireInterface.forward(node, call, from: Self.peer)
            #expect(bencoded.status == 200, "\(call.method): \(bencoded.text)")
            #expect(try bencoded.bencode().asDictionary?.keys.sorted() == keys)
            #expect(try bencoded.bencode()["signature"]?.asBytes?.count == 64)
            let json = try #require(WireValue.fields(call.fields).json)
            let frames = try await node.texts(
                "sn.storage_cc", [Bytes(call.method.utf8), json.utf8], from: Self.peer.x25519.publicKey)
            #expect(frames.count == 1)
            let entry = try JSON(parsing: Bytes(frames[0].utf8))
            #expect(entry.asObject?.keys.sorted() == (call.method == "store" ? ["already"] + keys : keys))
            #expect(try entry.text("signature").count == 88)
        }
        #expect(node.transport.requests("sn.storage_cc").isEmpty)
    }

    @Test("Statistics are one part of JSON with the fields of the specification")
    func statistics() async throws {
        let node = try node()
        let decision = decide([Bytes("service.get_stats".utf8), Bytes("tag".utf8)], .ledger, at: node)
        guard case .run(let command, let name, _, let parts) = decision else {
            Issue.record("not run: \(decision)")
            return
        }
        let caller = OMQCaller(
            publicKey: TestNode.stranger, address: .loopback, connection: OMQConnection(route: [1]))
        let frames = try #require(await command.run(OMQCall(command: name, parts: parts, caller: caller)))
        #expect(frames.count == 1)
        let fields = try #require(try JSON(parsing: frames[0]).asObject)
        let counted = ["store", "retrieve", "onion", "proxy"]
        let expected =
            ["version", "height", "target_height", "recent_timespan", "peers", "accounts", "total_stored"]
            + ["namespace_messages", "db_used", "db_total", "db_max"]
            + counted.flatMap { ["total_\($0)_requests", "recent_\($0)_requests"] }
        for key in expected { #expect(fields[key] != nil, "no \(key)") }
        #expect(fields["version"] == "2.8.0")
    }
}
