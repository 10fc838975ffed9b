import SessionCrypto
import SessionProtocol
import Testing

/// Which swarm serves an account, and what everybody else answers (storage-node §1.1, §3.5, §6).
struct SwarmLookupTests {
    private static let other = NodeKeys(networkSeed: 7, name: "sn2")
    /// sn1 at 1000…, sn2 and a decommissioned node elsewhere.
    private static let table = ledgerTable([
        ListedNode(TestNode.keys, swarm: 0x1000_0000_0000_0000),
        ListedNode(other, ip: "127.1.0.2", swarm: 0x8000_0000_0000_0000),
        ListedNode(NodeKeys(networkSeed: 7, name: "sn3"), swarm: ListedNode.decommissioned),
    ])

    private static var otherRecord: String {
        #"{"address":"\#(other.legacy.publicKey.snodeAddress)","ip":"127.1.0.2","port":"22021","port_https":22021,"#
            + #""port_omq":22020,"pubkey_ed25519":"\#(other.ed25519.publicKey.hex)","#
            + #""pubkey_legacy":"\#(other.legacy.publicKey.hex)","pubkey_x25519":"\#(other.x25519.publicKey.hex)"}"#
    }
    /// Maps to 8000….
    private static let foreign = "059" + String(repeating: "0", count: 63)

    private static var answer: String {
        #"{"hf":[19,3],"snodes":[\#(otherRecord)],"swarm":"8000000000000000","t":1700000000000}"#
    }

    @Test("get_swarm lists a swarm literally under both names and both spellings, whoever owns the account")
    func getSwarm() async throws {
        let node = try TestNode(table: Self.table)
        for method in ["get_swarm", "get_snodes_for_pubkey"] {
            for spelling in ["pubkey", "pubKey"] {
                #expect(try await node.call(method, .object([spelling: .string(Self.foreign)])) == [Self.answer])
            }
        }
        let account = try #require(Hex.decode(Self.foreign))
        let bencoded = try await node.frames(
            "storage.get_swarm", [Bencode.dictionary(["pubkey": .bytes(account)]).encoded])
        let reply = try Bencode(parsing: try #require(bencoded?.first))
        #expect(reply["swarm"] == .text("8000000000000000"))
        #expect(reply["snodes"]?.asList?.first?["port_https"] == .integer(22_021))
        #expect(reply["snodes"]?.asList?.first?["port"] == .text("22021"))
    }

    @Test("Before any table get_swarm names no node and the invalid swarm, and requests are sent away with that")
    func noSwarms() async throws {
        let node = try TestNode(table: nil)
        let expected = #"{"hf":[0,0],"snodes":[],"swarm":"ffffffffffffffff","t":1700000000000}"#
        #expect(try await node.call("get_swarm", ["pubkey": .string(Self.foreign)]) == [expected])
        #expect(try await node.call("store", TestAccount().store()) == ["421", expected])
        #expect(try await node.call("retrieve", TestAccount().retrieve()) == ["421", expected])
    }

    @Test("An account of another swarm is answered 421 with the swarm to ask, before any other check of the handler")
    func wrongSwarm() async throws {
        let account = try TestAccount()
        let node = try TestNode(table: Self.table)
        let pubkey: [String: JSON] = ["pubkey": .string(Self.foreign)]
        let badStore = account.store(extra: pubkey.merging(["ttl": 1, "namespace": 3]) { $1 })
        #expect(try await node.call("store", badStore) == ["421", Self.answer])
        #expect(
            try await node.call(
                "retrieve",
                account.retrieve(extra: pubkey.merging(["timestamp": .integer(account.time - 99_999)]) { $1 }))
                == ["421", Self.answer])
        #expect(try await node.call("retrieve", .object(pubkey)) == ["421", Self.answer])
        #expect(try await node.call("store", account.store(extra: ["pubkey": "05"])).first == "400")
    }

    @Test("A bencoded request is sent away in bencode")
    func wrongSwarmInBencode() async throws {
        let node = try TestNode(table: Self.table)
        let account = try #require(Hex.decode(Self.foreign))
        let frames = try #require(
            try await node.frames("storage.retrieve", [Bencode.dictionary(["pubkey": .bytes(account)]).encoded]))
        #expect(frames.first == Bytes("421".utf8))
        let body = try Bencode(parsing: frames[1])
        #expect(body.asDictionary?.keys.sorted() == ["hf", "snodes", "swarm", "t"])
        #expect(body["swarm"] == .text("8000000000000000"))
    }

    private static let noSwarm = #"{"hf":[19,3],"snodes":[],"swarm":"ffffffffffffffff","t":1700000000000}"#

    @Test("A node that is out of the swarms serves no account, and answers get_swarm from its last table in one")
    func outOfSwarms() async throws {
        let moved = ListedNode(Self.other, ip: "127.1.0.3", swarm: 0x8000_0000_0000_0000)
        let own = ListedNode(TestNode.keys, swarm: ListedNode.decommissioned)
        let node = try TestNode(table: Self.table)
        for nodes in [[own, moved], [moved]] {
            try node.follow(ledgerTable(nodes, height: 2, block: "b2"))
            #expect(try await node.call("get_swarm", ["pubkey": .string(Self.foreign)]) == [Self.answer])
            #expect(try await node.call("retrieve", ["pubkey": .string(Self.foreign)]) == ["421", Self.answer])
        }
        try node.follow(
            ledgerTable([ListedNode(TestNode.keys, swarm: 0x10), moved], height: 3, block: "b3", hardfork: 18))
        #expect(
            try await node.call("get_swarm", ["pubkey": .string(Self.foreign)])
                == [Self.answer.replacing("[19,3]", with: "[18,3]")])
        try node.follow(ledgerTable([ListedNode(TestNode.keys, swarm: 0x10), moved], height: 4, block: "b4"))
        #expect(
            try await node.call("get_swarm", ["pubkey": .string(Self.foreign)])
                == [Self.answer.replacing("127.1.0.2", with: "127.1.0.3")])
    }

    @Test("A node that never was in a swarm knows none")
    func neverInSwarm() async throws {
        let listed = ListedNode(Self.other, ip: "127.1.0.2", swarm: 0x8000_0000_0000_0000)
        let own = ListedNode(TestNode.keys, swarm: ListedNode.decommissioned)
        for nodes in [[own, listed], [listed]] {
            let node = try TestNode(table: ledgerTable(nodes))
            #expect(try await node.call("get_swarm", ["pubkey": .string(Self.foreign)]) == [Self.noSwarm])
            #expect(try await node.call("retrieve", ["pubkey": .string(Self.foreign)]) == ["421", Self.noSwarm])
        }
    }

    @Test("Accounts of the vectors are answered with their swarm")
    func vectorAccounts() async throws {
        for vector in try vectors("storage").list("swarm") {
            let swarms = try vector.list("swarms").map { try #require($0.asString.flatMap { UInt64($0, radix: 16) }) }
            let nodes = swarms.enumerated().map {
                ListedNode(
                    $0.offset == 0 ? TestNode.keys : NodeKeys(networkSeed: 8, name: "sn\($0.offset)"), swarm: $0.element
                )
            }
            let reply = try await TestNode(table: ledgerTable(nodes)).result(
                "get_swarm", ["pubkey": try vector.need("pubkey")])
            let expected = try vector.text("swarm")
            #expect(try reply.text("swarm") == expected, "\(vector.text)")
        }
    }

    @Test("info tells the version, the fork and the node's clock, with parameters or without")
    func info() async throws {
        let node = try TestNode(skew: 5)
        let expected = #"{"hf":[19,3],"t":1700000000005,"timestamp":1700000000005,"version":[2,8,0]}"#
        #expect(try await node.call("info", [:]) == [expected])
        #expect(try await node.texts("storage.info", []) == [expected])
        #expect(try await node.texts("storage.info", [[]]) == [expected])
        #expect(
            try await node.texts("storage.info", [Bytes("de".utf8)])
                == ["d2:hfli19ei3ee1:ti1700000000005e9:timestampi1700000000005e7:versionli2ei8ei0eee"])
    }
}
