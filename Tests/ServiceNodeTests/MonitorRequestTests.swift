import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// What a node answers to those who want to be told of new messages (storage-node §12.3).
struct MonitorRequestTests {
    private let account: TestAccount
    private static let success = "d7:successi1ee"
    /// The time of the vectors, in seconds.
    private static let time: Int64 = 1_700_000_000

    init() throws { account = try TestAccount() }

    /// The two fields that tell of one problem.
    private func pair(_ code: Int, _ text: String) -> String {
        "7:errcodei\(code)e5:error\(text.utf8.count):\(text)"
    }

    private func encoded(_ code: Int, _ text: String) -> String { "d\(pair(code, text))e" }

    private func ask(_ parts: [Bytes]) async throws -> [String] {
        try await TestNode().texts("monitor.messages", parts)
    }

    private func ask(_ fields: [String: Bencode]) async throws -> String {
        let reply = try await ask([Bencode.dictionary(fields).encoded])
        try #require(reply.count == 1)
        return reply[0]
    }

    /// A request whose signature is good, with some fields changed after it was signed.
    private func fields(
        _ changes: [String: Bencode?] = [:], time: Int64 = time, wantsData: Bool = true, namespaces: [Int16] = [0]
    ) -> [String: Bencode] {
        let text = SignedText.monitor(
            account.session, timestamp: time, wantsData: wantsData, namespaces: namespaces.map { Namespace($0) })
        var fields: [String: Bencode] = [
            "P": .bytes(account.keys.publicKey.bytes), "d": .bool(wantsData),
            "n": .list(namespaces.map { .integer(Int64($0)) }), "s": .bytes(account.keys.sign(text)),
            "t": .integer(time),
        ]
        for (key, value) in changes { fields[key] = value }
        return fields
    }

    @Test("The request of the vectors is taken")
    func vector() async throws {
        let request = try vectors("storage").bytes("monitor_request_hex")
        #expect(try await ask([request]) == [Self.success])
    }

    @Test("The signed text is that of the protocol: account, seconds, data flag, namespaces with commas")
    func signedText() {
        let text = SignedText.monitor(
            account.session, timestamp: Self.time, wantsData: false, namespaces: [-5, 0, 23].map { Namespace($0) })
        #expect(String(decoding: text, as: UTF8.self) == "MONITOR\(account.session.hex)17000000000-5,0,23")
    }

    @Test("A group is named by `p` and signs with its own key; a Session ID's bytes are tried as such a key too")
    func prefixed() async throws {
        for prefix: UInt8 in [3, 5, 0, 255] {
            let watched = try #require(AccountID([prefix] + account.keys.publicKey.bytes))
            let text = SignedText.monitor(watched, timestamp: Self.time, wantsData: true, namespaces: [Namespace(11)])
            let signed = fields(
                [
                    "P": nil, "p": .bytes(watched.bytes), "n": .list([.integer(11)]),
                    "s": .bytes(account.keys.sign(text)),
                ])
            #expect(try await ask(signed) == Self.success)
        }
    }

    @Test("Data is not wanted unless `d` is 1, and the signature says which")
    func dataFlag() async throws {
        #expect(try await ask(fields(wantsData: false)) == Self.success)
        #expect(try await ask(fields(["d": nil], wantsData: false)) == Self.success)
        #expect(try await ask(fields(["d": nil])) == encoded(5, "Signature verification failed"))
    }

    private static let unparsable = "Invalid arguments: Failed to parse monitor.messages data value"

    @Test(
        "Every field that is wrong has its number and text, the first in the order of the dict",
        arguments: [
            (["P": .bytes([1])], 2, "Provided P= Session Ed25519 pubkey must be 32 bytes"),
            (["P": .bytes(Bytes(repeating: 0, count: 32))], 2, "Invalid P= ed25519 public key"),
            (["P": .integer(1)], 1, notText("i")), (["P": .list([])], 1, notText("l")),
            (["P": .dictionary([:])], 1, notText("d")),
            (["P": nil], 1, "Invalid arguments: Either p= or P= must be given"),
            (["p": .bytes(Bytes(repeating: 3, count: 33))], 1, bothKeys), (["p": .integer(1)], 1, bothKeys),
            (["P": nil, "p": .integer(1)], 1, notText("i")),
            (["S": .bytes(Bytes(repeating: 0, count: 64))], 1, "Invalid arguments: Key T not found!"),
            (["S": .bytes([1]), "T": .bytes(token)], 2, "Provided S subaccount signature must be 64 bytes"),
            (
                ["S": .bytes(Bytes(repeating: 0, count: 64)), "T": .bytes([1])], 2,
                "Provided T subaccount token must be 36 bytes"
            ),
            (["S": .integer(1), "T": .bytes([])], 1, notText("i")),
            (["S": .bytes(Bytes(repeating: 0, count: 64)), "T": .integer(1)], 1, notText("i")),
            (["d": .integer(2)], 1, unfit("too-large value 2 > 1")),
            (["d": .integer(-1)], 1, unfit("negative value -1 but type is unsigned")),
            (["d": .text("1")], 1, "Invalid arguments: next bt dict value is not an integer"),
            (["n": nil], 1, "Invalid arguments: Key n not found!"),
            (["n": .list([])], 1, "Invalid arguments: next value is not an integer"),
            (["n": .integer(0)], 1, "Invalid arguments: next bt dict value is not a list"),
            (["n": .list([.integer(40_000)])], 1, unfit("too-large value 40000 > 32767")),
            (["n": .list([.unsigned(.max)])], 1, unfit("too-large value 18446744073709551615 > 32767")),
            (["n": .list([.integer(-32_769)])], 1, unfit("too-low value -32769 < -32768")),
            (["n": .list([.text("0")])], 1, "Invalid arguments: next value is not an integer"),
            (["n": .list([.integer(1), .integer(0)])], 3, unordered),
            (["n": .list([.integer(0), .integer(0)])], 3, unordered),
            (["n": .list([.integer(0), .integer(0), .text("x")])], 3, unordered),
            (["s": nil], 1, "Invalid arguments: Key s not found!"),
            (["s": .bytes([1])], 5, "Provided s= signature must be 64 bytes"), (["s": .integer(1)], 1, notText("i")),
            (["s": .bytes(Bytes(repeating: 1, count: 64))], 5, "Signature verification failed"),
            (["t": nil], 1, "Invalid arguments: required signature timestamp is missing"),
            (["t": .text("1")], 1, "Invalid arguments: next bt dict value is not an integer"),
            (["t": .unsigned(.max)], 1, unfit("too-large value 18446744073709551615 > 9223372036854775807")),
            (["t": .integer(.max)], 4, tooNew), (["t": .integer(.min)], 4, tooOld),
            (["t": .integer(1_700_000_001)], 5, "Signature verification failed"),
            (
                ["P": .bytes([1]), "n": .list([]), "t": .integer(0)], 2,
                "Provided P= Session Ed25519 pubkey must be 32 bytes"
            ),
            (["P": .bytes(Bytes(repeating: 0, count: 32)), "t": .integer(0)], 4, tooOld),
            (["n": .list([]), "s": nil, "t": .integer(0)], 1, "Invalid arguments: next value is not an integer"),
            (["s": nil, "t": .integer(0)], 1, "Invalid arguments: Key s not found!"),
        ] as [([String: Bencode?], Int, String)])
    func refusals(changes: [String: Bencode?], code: Int, text: String) async throws {
        #expect(try await ask(fields(changes)) == encoded(code, text))
    }

    private static let bothKeys = "Invalid arguments: Cannot provide both p= and P= pubkey values"
    private static let unordered = "Invalid n= namespace list: namespaces must be ascending"
    private static let tooOld = "Invalid t= signature timestamp: timestamp is too old"
    private static let tooNew = "Invalid t= signature timestamp: timestamp is in the future"
    private static let token = Bytes(repeating: 0, count: 36)

    private static func notText(_ found: String) -> String {
        "Invalid arguments: expected a string, but found \(found)"
    }

    private static func unfit(_ what: String) -> String {
        "Invalid arguments: Integer deserialization failed: found \(what)"
    }

    @Test(
        "A token without the signature that belongs to it says nothing", arguments: [Bencode.bytes([0]), .integer(7)])
    func loneToken(token: Bencode) async throws {
        #expect(try await ask(fields(["T": token])) == Self.success)
    }

    @Test(
        "A signature may be 14 days old and 24 hours early, to the second",
        arguments: [
            (-14 * 86_400, nil), (-14 * 86_400 - 1, tooOld), (86_400, nil), (86_401, tooNew),
        ] as [(Int64, String?)])
    func age(offset: Int64, refusal: String?) async throws {
        let expected = refusal.map { encoded(4, $0) } ?? Self.success
        #expect(try await ask(fields(time: Self.time + offset)) == expected)
    }

    @Test("A `p` of a wrong length is noted, and reading goes on to the next problem: both stand in the answer")
    func twoProblems() async throws {
        let length = pair(2, "Provided p= pubkey must be 33 bytes")
        func changed(_ changes: [String: Bencode?]) -> [String: Bencode] {
            fields(["P": nil, "p": .bytes([5])].merging(changes) { $1 })
        }
        #expect(try await ask(changed([:])) == "d\(length)\(pair(5, "Signature verification failed"))e")
        #expect(
            try await ask(changed(["s": nil]))
                == "d\(length)\(pair(1, "Invalid arguments: Key s not found!"))e")
        #expect(
            try await ask(changed(["t": .integer(0)]))
                == "d\(length)\(pair(4, Self.tooOld))e")
    }

    @Test("A body that is not one dict or list is refused as a whole")
    func bodies() async throws {
        let one = encoded(1, "Invalid arguments: monitor request takes a single bencoded dict or list parameter")
        for parts in [[], ["de", "de"], [""], ["i1e"], ["{}"]] {
            #expect(try await ask(parts.map { Bytes($0.utf8) }) == [one], "\(parts)")
        }
        for body in ["d", "l", "d1:P", "li1ee", "ldei1ee", "di1ei1ee"] {
            #expect(try await ask([Bytes(body.utf8)]) == [encoded(1, Self.unparsable)], "\(body)")
        }
    }

    @Test("A list is answered by a list, and an entry that is refused leaves the others as they are")
    func lists() async throws {
        let list = Bencode.list([
            .dictionary(fields()), .dictionary(fields(["s": .bytes([])])),
            .dictionary(fields(["P": nil, "p": .bytes([])])), .dictionary(fields(namespaces: [-21, 3])),
        ])
        let length = encoded(5, "Provided s= signature must be 64 bytes")
        let first = pair(2, "Provided p= pubkey must be 33 bytes")
        let twice = "d\(first)\(pair(5, "Signature verification failed"))e"
        #expect(try await ask([list.encoded]) == ["l\(Self.success)\(length)\(twice)\(Self.success)e"])
        #expect(try await ask([Bytes("le".utf8)]) == ["le"])
    }

    @Test("A field that stands out of order counts as absent")
    func order() async throws {
        let key = Bencode.bytes(account.keys.publicKey.bytes).encoded
        let body = Bytes("d1:nli0ee1:P".utf8) + key + Bytes("e".utf8)
        #expect(try await ask([body]) == [encoded(1, "Invalid arguments: Either p= or P= must be given")])
    }

    @Test("An account of another swarm may be watched here all the same")
    func otherSwarm() async throws {
        let other = NodeKeys(networkSeed: 7, name: "sn2")
        let node = try TestNode(
            table: ledgerTable([ListedNode(TestNode.keys, swarm: ListedNode.decommissioned), ListedNode(other)]))
        let reply = try await node.texts("monitor.messages", [Bencode.dictionary(fields()).encoded])
        #expect(reply == [Self.success])
    }

    @Test(
        "A subaccount needs Read and its account's prefix or any prefix; its own key signs",
        arguments: [
            (0x03, 0x01, true), (0x03, 0x07, true), (0x03, 0x06, false), (0x05, 0x01, false), (0x05, 0x09, true),
        ] as [(UInt8, UInt8, Bool)])
    func subaccounts(prefix: UInt8, flags: UInt8, isTaken: Bool) async throws {
        let vector = try vectors("storage").need("subaccount")
        let keys = try Ed25519KeyPair(seed: vector.bytes("subaccount_seed"))
        let token = [prefix, flags, 0, 0] + keys.publicKey.bytes
        let text = SignedText.monitor(
            account.group, timestamp: Self.time, wantsData: true, namespaces: [Namespace(0)])
        func request(signer: Ed25519KeyPair, owner: Ed25519KeyPair) -> [String: Bencode] {
            fields([
                "P": nil, "p": .bytes(account.group.bytes), "S": .bytes(owner.sign(token)), "T": .bytes(token),
                "s": .bytes(signer.sign(text)),
            ])
        }
        let reason =
            prefix == 0x05 && flags & 8 == 0
            ? "subaccount network prefix mismatch" : "subaccount is missing the required permissions"
        let refused = encoded(5, "Subaccount verification failed: \(reason)")
        #expect(try await ask(request(signer: keys, owner: account.keys)) == (isTaken ? Self.success : refused))
        guard isTaken else { return }
        #expect(
            try await ask(request(signer: account.keys, owner: account.keys))
                == encoded(5, "Signature verification failed"))
        #expect(
            try await ask(request(signer: keys, owner: keys))
                == encoded(
                    5, "Subaccount verification failed: subaccount token signature verification failed"))
    }
}
