import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// Subscriptions: what is taken, and the code of every refusal (storage-node §12.3).
struct MonitorRowTests {
    private static let seconds = WireOwner.now / 1000

    /// A subscription's fields in bencode; what it signs follows from them.
    struct Request: Sendable, CustomTestStringConvertible {
        var name: String
        var account = WireOwner.session
        var namespaces: [Int64] = [0]
        var time = MonitorRowTests.seconds
        var wantsData = false
        var changes: [String: Bencode?] = [:]
        var signer = WireOwner.keys
        var testDescription: String { name }

        var fields: [String: Bencode] {
            let text =
                "MONITOR\(Hex.encode(account))\(time)\(wantsData ? 1 : 0)"
                + namespaces.map { "\($0)" }.joined(separator: ",")
            var fields: [String: Bencode] = [
                "n": .list(namespaces.map(Bencode.integer)), "t": .integer(time),
                "s": .bytes(signer.sign(Bytes(text.utf8))),
            ]
            if account == WireOwner.session {
                fields["P"] = .bytes(WireOwner.keys.publicKey.bytes)
            } else {
                fields["p"] = .bytes(account)
            }
            if wantsData { fields["d"] = .integer(1) }
            for (key, value) in changes { fields[key] = value }
            return fields
        }
    }

    private func answer(_ part: Bytes, at node: TestNode) async throws -> Bencode {
        let frames = try #require(try await node.frames("monitor.messages", [part]))
        try #require(frames.count == 1)
        return try Bencode(parsing: frames[0])
    }

    private static let success = Bencode.dictionary(["success": .integer(1)])

    private static func subaccount(
        flags: UInt8, prefix: UInt8 = 5, owner: Ed25519KeyPair = WireOwner.keys
    )
        -> [String: Bencode?]
    {
        let token = WireOwner.token(flags: flags, prefix: prefix)
        return ["T": .bytes(token), "S": .bytes(owner.sign(token))]
    }

    @Test(
        "A sound subscription is taken, of any kind of account and any account of the network",
        arguments: [
            Request(name: "05 by its signing key"), Request(name: "03 by itself", account: WireOwner.group),
            Request(name: "with data", wantsData: true),
            Request(name: "many", namespaces: [-32_768, -5, 0, 23, 32_767]),
            Request(name: "14 days old", time: seconds - 14 * 86_400),
            Request(name: "a day ahead", time: seconds + 86_400),
            Request(name: "no data said", changes: ["d": .integer(0)]),
            Request(name: "unknown fields", changes: ["zz": .integer(1), "A": .text("x")]),
            Request(name: "token without its signature", changes: ["T": .bytes(WireOwner.token(flags: 1))]),
            Request(name: "reading subaccount", changes: subaccount(flags: 1), signer: WireOwner.deputy),
            Request(
                name: "subaccount of any prefix", changes: subaccount(flags: 9, prefix: 3), signer: WireOwner.deputy),
        ])
    func accepted(request: Request) async throws {
        #expect(
            try await answer(Bencode.dictionary(request.fields).encoded, at: TestNode()) == Self.success)
    }

    @Test(
        "A refused subscription has its code",
        arguments: [
            (Request(name: "no account", changes: ["P": nil]), 1),
            (Request(name: "both accounts", changes: ["p": .bytes(WireOwner.group)]), 1),
            (Request(name: "signature without a token", changes: ["S": .bytes(WireOwner.forged)]), 1),
            (Request(name: "short P", changes: ["P": .bytes([1, 2, 3])]), 2),
            (Request(name: "no namespaces", namespaces: []), 1),
            (Request(name: "namespaces missing", changes: ["n": nil]), 1),
            (Request(name: "not ascending", namespaces: [1, 0]), 3),
            (Request(name: "twice", namespaces: [1, 1]), 3), (Request(name: "too big", namespaces: [32_768]), 1),
            (Request(name: "too old", time: seconds - 14 * 86_400 - 1), 4),
            (Request(name: "too new", time: seconds + 86_401), 4),
            (Request(name: "forged", changes: ["s": .bytes(WireOwner.forged)]), 5),
            (Request(name: "short signature", changes: ["s": .bytes([1])]), 5),
            (Request(name: "another's", signer: WireOwner.deputy), 5),
            (Request(name: "data not signed for", changes: ["d": .integer(1)]), 5),
            (Request(name: "other namespaces", changes: ["n": .list([.integer(1)])]), 5),
            (Request(name: "writing subaccount", changes: subaccount(flags: 6), signer: WireOwner.deputy), 5),
            (Request(name: "wrong prefix", changes: subaccount(flags: 1, prefix: 3), signer: WireOwner.deputy), 5),
            (
                Request(
                    name: "self-made token", changes: subaccount(flags: 1, owner: WireOwner.deputy),
                    signer: WireOwner.deputy), 5
            ),
        ] as [(Request, Int64)])
    func refused(request: Request, code: Int64) async throws {
        let reply = try await answer(Bencode.dictionary(request.fields).encoded, at: TestNode())
        #expect(reply["errcode"] == .integer(code))
        #expect(reply["error"]?.asText?.isEmpty == false)
        #expect(reply.asDictionary?.keys.sorted() == ["errcode", "error"])
    }

    private static let single = "Invalid arguments: monitor request takes a single bencoded dict or list parameter"
    private static let unreadable = "Invalid arguments: Failed to parse monitor.messages data value"

    @Test("What is no request at all is answered with one dict and code 1")
    func unparsable() async throws {
        let node = try TestNode()
        for (part, text) in [("i1e", Self.single), ("x", Self.single), ("", Self.single), ("d1:", Self.unreadable)] {
            let reply = try await answer(Bytes(part.utf8), at: node)
            #expect(reply == .dictionary(["errcode": .integer(1), "error": .text(text)]), "\(part)")
        }
        for parts in [[], [Bytes("de".utf8), Bytes("de".utf8)]] as [[Bytes]] {
            let frames = try #require(try await node.frames("monitor.messages", parts))
            #expect(try frames.map { try Bencode(parsing: $0)["errcode"] } == [.integer(1)])
        }
    }

    @Test("A list is answered by a list as long, each entry for itself")
    func list() async throws {
        let good = Bencode.dictionary(Request(name: "good").fields)
        let bad = Bencode.dictionary(Request(name: "bad", changes: ["s": .bytes(WireOwner.forged)]).fields)
        let reply = try #require(
            try await answer(Bencode.list([good, bad, good]).encoded, at: TestNode()).asList)
        #expect(reply.count == 3)
        #expect(reply.first == Self.success)
        #expect(reply.last == Self.success)
        #expect(reply.dropFirst().first?["errcode"] == .integer(5))
    }

    @Test("A p that is not 33 bytes is answered twice over, since reading goes on", arguments: [0, 32, 34])
    func shortAccount(length: Int) async throws {
        let request = Request(
            name: "short p", changes: ["P": nil, "p": .bytes(Bytes(repeating: 3, count: length))])
        let frames = try #require(
            try await TestNode().frames("monitor.messages", [Bencode.dictionary(request.fields).encoded]))
        let text = String(decoding: frames[0], as: UTF8.self)
        let second = try #require(text.ranges(of: "7:errcodei5e").first)
        let first = try #require(text.ranges(of: "7:errcodei2e").first)
        #expect(first.lowerBound < second.lowerBound)
        #expect(text.ranges(of: "5:error").count == 2)
    }

    @Test("The subscription of the vectors is taken")
    func vector() async throws {
        let request = try vectors("storage").bytes("monitor_request_hex")
        #expect(try await answer(request, at: TestNode()) == Self.success)
    }
}
