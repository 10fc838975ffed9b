import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// What the node serves over the message queue, frame by frame (storage-node §2.2).
struct QueueInterfaceTests {
    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")
    /// Two nodes of one swarm, so that one may call the other's node commands.
    private static let table = ledgerTable([ListedNode(TestNode.keys), ListedNode(peer, ip: "127.1.0.2")])

    private func copy(_ method: String, _ fields: [String: Bencode] = [:]) -> [Bytes] {
        [Bytes(method.utf8), Bencode.dictionary(fields).encoded]
    }

    private func ask(_ command: String, _ parts: [Bytes]) async throws -> [String]? {
        try await (try TestNode(table: Self.table)).frames(command, parts, from: Self.peer.x25519.publicKey)?
            .map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "Bodies of client calls are refused with status and text in two frames",
        arguments: [
            (["{}", "{}"], ["400", "Invalid request: expected 1 message parts, received 2"]),
            (["", "", ""], ["400", "Invalid request: expected 1 message parts, received 3"]),
            (["nonsense"], ["400", "invalid body: expected json or bt_dict"]),
            (["{"], ["400", "invalid body: expected json or bt_dict"]),
            (["[]"], ["400", "invalid body: expected json or bt_dict"]),
            (["li1ee"], ["400", "invalid body: expected json or bt_dict"]),
            (["d"], ["500", "request failed"]), (["d3:abc"], ["500", "request failed"]),
            (["di1ei1ee"], ["500", "request failed"]),
            ([], ["400", "invalid request: Required field 'timestamp' missing"]),
            (["{}"], ["400", "invalid request: Required field 'timestamp' missing"]),
            (["de"], ["400", "invalid request: Required field 'timestamp' missing"]),
            (["de trailing"], ["400", "invalid request: Required field 'timestamp' missing"]),
        ])
    func bodies(parts: [String], expected: [String]) async throws {
        #expect(try await TestNode().texts("storage.store", parts.map { Bytes($0.utf8) }) == expected)
    }

    @Test("Commands are those of the table, and who may call them is decided by the newest table")
    func commands() throws {
        let service = try TestNode(table: Self.table).queue.service
        #expect(
            service.commands.keys.sorted() == [
                "monitor.messages", "notify.block", "service.get_stats", "sn.data", "sn.data_amend", "sn.data_changes",
                "sn.data_fetch", "sn.data_hashes", "sn.data_holders", "sn.data_ready", "sn.onion_request", "sn.ping",
                "sn.storage_cc", "sn.storage_test", "storage.batch", "storage.delete", "storage.delete_all",
                "storage.delete_before",
                "storage.expire", "storage.expire_all", "storage.get_expiries", "storage.get_snodes_for_pubkey",
                "storage.get_swarm", "storage.ifelse", "storage.info", "storage.oxend_request", "storage.retrieve",
                "storage.revoke_subaccount", "storage.sequence", "storage.store", "storage.unrevoke_subaccount",
            ])
        #expect(service.queueLimits["sn"] == 1000)
        #expect(service.queueLimits["storage"] == 200)
        #expect(service.queueLimits["monitor"] == 500)
        #expect(!service.commands.values.contains { !$0.isRequest })
    }

    @Test(
        "Node commands are for active nodes, the block notice for the ledger",
        arguments: [
            ("sn.ping", "FORBIDDEN_SN"), ("sn.storage_cc", "FORBIDDEN_SN"), ("sn.onion_request", "FORBIDDEN_SN"),
            ("sn.storage_test", "FORBIDDEN_SN"),
            ("notify.block", "FORBIDDEN"),
        ])
    func strangers(command: String, word: String) throws {
        let decision = OMQDispatch.decide(
            [Bytes(command.utf8), [7], [8]], onListener: true, caller: TestNode.stranger, isLedger: false,
            service: try TestNode(table: Self.table).queue.service)
        guard case .answer(let frames) = decision else {
            Issue.record("\(command) was run for a stranger")
            return
        }
        #expect(frames == [Bytes(word.utf8), Bytes("REPLY".utf8), [7]])
    }

    @Test("Active means listed with a real swarm; before any table nobody is")
    func activeNodes() throws {
        let key = Self.peer.x25519.publicKey
        func isActive(_ table: JSON?) throws -> Bool {
            try TestNode(table: table).queue.service.isServiceNode(key)
        }
        #expect(try isActive(Self.table))
        #expect(try !isActive(nil))
        #expect(try !isActive(ledgerTable([ListedNode(TestNode.keys)])))
        #expect(try !isActive(ledgerTable([ListedNode(Self.peer, swarm: ListedNode.decommissioned)])))
        #expect(try !isActive(ledgerTable([ListedNode(Self.peer, funded: false)])))
    }

    @Test("A ping is answered with pong")
    func ping() async throws { #expect(try await ask("sn.ping", []) == ["pong"]) }

    @Test("Copies that the reference does not answer get no answer")
    func unanswered() async throws {
        for parts in [[], [Bytes("store".utf8)], copy("no_such_method"), copy("path_to")] {
            #expect(try await ask("sn.storage_cc", parts) == nil)
        }
    }

    @Test("Copies that cannot be run are refused in two frames")
    func refusedCopies() async throws {
        #expect(
            try await ask("sn.storage_cc", copy("store") + [[]])
                == ["400", "Invalid request: expected 2 message parts, received 3"])
        for method in ["retrieve", "info", "get_swarm", "get_snodes_for_pubkey"] {
            #expect(
                try await ask("sn.storage_cc", copy(method))
                    == ["400", "invalid request: received invalid forwarded non-forwardable request"])
        }
        #expect(
            try await ask("sn.storage_cc", copy("store"))
                == ["400", "invalid request: Required field 'timestamp' missing"])
        #expect(
            try await ask("sn.storage_cc", [Bytes("store".utf8), Bytes("x".utf8)])
                == ["400", "invalid body: expected json or bt_dict"])
        #expect(
            try await ask("sn.storage_cc", [Bytes("store".utf8), Bytes("d1:".utf8)]) == ["500", "request failed"])
    }

    @Test("The copy of the vectors is run here alone: one frame, this node's entry, in the copy's encoding")
    func vectorCopy() async throws {
        let account = try TestAccount()
        let node = try TestNode(table: Self.table)
        let vector = try vectors("storage").need("sn_storage_cc")
        let frames = try #require(
            try await node.frames(
                "sn.storage_cc", [Bytes("store".utf8), vector.bytes("part1_hex")], from: Self.peer.x25519.publicKey))
        #expect(frames.count == 1)
        let hash = "MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8"
        let signature = TestNode.keys.ed25519.sign(Bytes(hash.utf8))
        #expect(
            try Bencode(parsing: frames[0])
                == .dictionary([
                    "expiry": .integer(1_700_086_400_000), "hash": .text(hash), "signature": .bytes(signature),
                ]))
        #expect(node.transport.requests.isEmpty)
        let json = try await node.texts(
            "sn.storage_cc", [Bytes("store".utf8), account.store().utf8], from: Self.peer.x25519.publicKey)
        #expect(
            json == [
                #"{"already":true,"expiry":1700086400000,"hash":"\#(hash)","signature":"\#(Base64.encode(signature))"}"#
            ])
    }
}
