import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// Requests that a whole swarm runs: every member's own entry and signature, in both encodings (storage-node §3.6, §8.1).
@Suite(.workLimit(minutes: 1)) struct SwarmRowTests {
    private static let now = WireOwner.now
    private static let day = WireOwner.day
    private static let owner = Hex.encode(WireOwner.session)
    private static let (one, two, three) = WireSeeds.hashes
    private static let asked = [three, WireOwner.hashes[0], two]

    /// A call, each node's entry without its signature, and what the node signs.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var call: WireCall
        var entry: [String: WireValue]
        var signed: Bytes
        var seeds = WireSeeds.stores
        var testDescription: String { name }

        init(_ name: String, _ call: WireCall, _ entry: [String: WireValue], signed: String) {
            self.name = name
            self.call = call
            self.entry = entry
            self.signed = Bytes(signed.utf8)
        }
    }

    private static func timed(_ method: String, _ field: String, _ time: Int64, _ result: String) -> [Case] {
        [
            Case(
                method, .timed(method, field, time), [result: WireOwner.list([one, three])],
                signed: "\(owner)\(time)" + WireOwner.joined([one, three])),
            Case(
                "\(method) of all", .timed(method, field, time, namespace: "all", signed: "all"),
                [result: ["0": WireOwner.list([one, three]), "2": WireOwner.list([two])]],
                signed: "\(owner)\(time)" + WireOwner.joined([one, two, three])),
        ]
    }

    private static let revoked = Bytes("\(owner)\(now)".utf8) + WireOwner.token
    static let cases: [Case] =
        [
            Case(
                "store", .store("four"), ["hash": .text(WireOwner.hash("four")), "expiry": .number(now + day)],
                signed: WireOwner.hash("four")),
            Case(
                "store of what is there", WireSeeds.stores[2],
                ["already": true, "hash": .text(three), "expiry": .number(now + day)], signed: three),
            Case(
                "delete", .delete(asked), ["deleted": WireOwner.list([two, three])],
                signed: owner + asked.joined() + WireOwner.joined([two, three])),
            Case("delete of nothing", .delete([asked[1]]), ["deleted": []], signed: owner + asked[1]),
            Case(
                "expire", .expire([now + 5], asked),
                ["expiry": .number(now + 5), "updated": WireOwner.list([two, three])],
                signed: "\(owner)\(now + 5)" + asked.joined() + WireOwner.joined([two, three])),
            Case(
                "extend", .expire([now + day], asked, flag: "extend"),
                [
                    "expiry": .number(now + day), "updated": WireOwner.list([two]),
                    "unchanged": .fields([three: .number(now + day)]),
                ],
                signed: "\(owner)\(now + day)" + asked.joined() + two + "\(three)\(now + day)"),
            Case(
                "shorten", .expire([now + day - 1], asked, flag: "shorten"),
                [
                    "expiry": .number(now + day - 1), "updated": WireOwner.list([three]),
                    "unchanged": .fields([two: .number(now + day - 1)]),
                ],
                signed: "\(owner)\(now + day - 1)" + asked.joined() + three + "\(two)\(now + day - 1)"),
        ] + timed("delete_all", "timestamp", now, "deleted") + timed("delete_before", "before", now, "deleted")
        + timed("expire_all", "expiry", now + 9, "updated") + revocations

    private static let revocations: [Case] = {
        var revoke = Case("revoke", .revoke(), [:], signed: "")
        revoke.signed = revoked
        var unrevoke = Case("unrevoke", .unrevoke(), ["count": 1], signed: "")
        unrevoke.signed = revoked
        unrevoke.seeds = [.revoke()]
        return [revoke, unrevoke]
    }()

    @Test("Every member answers for itself and signs what it did; only the entry node speaks JSON", arguments: cases)
    func members(row: Case) async throws {
        for isJSON in [true, false] {
            let swarm = try TestSwarm(3)
            try await swarm.running {
                for seed in row.seeds { _ = try await swarm.wire(seed, at: 1, isJSON: false) }
                let answer = try await swarm.wire(row.call, at: 0, isJSON: isJSON)
                #expect(answer.status == 200, "\(answer.text)")
                for (index, member) in swarm.members.enumerated() {
                    var expected = row.entry
                    if row.call.method == "store", index == 0 { expected["t"] = .number(Self.now) }
                    // What a peer's entry went through knows no booleans.
                    if index > 0, case .flag? = expected["already"] { expected["already"] = 1 }
                    try Self.check(answer, isJSON, member, expected, signed: row.signed)
                }
            }
        }
    }

    private static func check(
        _ answer: WireAnswer, _ isJSON: Bool, _ member: TestSwarm.Member, _ expected: [String: WireValue], signed: Bytes
    ) throws {
        let signature: Bytes
        if isJSON {
            var entry = try #require(answer.json().need("swarm").need(member.name).asObject)
            let text = try #require(entry.removeValue(forKey: "signature")?.asString)
            #expect(text.utf8.count == 88)
            signature = try #require(Base64.decode(text))
            #expect(JSON.object(entry) == WireValue.fields(expected).json)
            #expect(try answer.json()["t"] == .integer(now))
            #expect(try answer.json()["hf"] == [19, 3])
        } else {
            let reply = try answer.bencode()
            var entry = try #require(reply["swarm"]?[member.name]?.asDictionary)
            signature = try #require(entry.removeValue(forKey: "signature")?.asBytes)
            #expect(Bencode.dictionary(entry) == WireValue.fields(expected).bencode)
            #expect(reply["t"] == .integer(now))
            #expect(reply["hf"] == .list([.integer(19), .integer(3)]))
        }
        #expect(member.keys.ed25519.publicKey.verifies(signature, of: signed))
    }

    private static let recursive: [WireCall] = [
        .store(), .delete(), .deleteAll(), .deleteBefore(), .expireAll(), .expire(), .revoke(), .unrevoke(),
    ]

    @Test(
        "Every way a member can fail has its entry, and the answer is 200 even when all of them failed",
        arguments: recursive)
    func failures(call: WireCall) async throws {
        let swarm = try TestSwarm(6)
        let members = swarm.members
        swarm.set(.silent, for: members[1])
        swarm.set(.unreachable, for: members[2])
        swarm.set(.answers([Bytes("no bencode".utf8)]), for: members[3])
        swarm.set(.answers([]), for: members[4])
        swarm.set(.answers([Bytes("406".utf8), Bytes("late".utf8)]), for: members[5])
        try await swarm.running {
            await members[0].files.messages.close()
            let answer = try await swarm.wire(call, at: 0, isJSON: true)
            #expect(answer.status == 200)
            let entries = try answer.json().need("swarm")
            let own = try entries.need(members[0].name)
            #expect(own["failed"] == true)
            #expect(own["query_failure"] == true)
            #expect(own["signature"] == nil)
            for index in [1, 2] { #expect(entries[members[index].name] == ["failed": true, "timeout": true]) }
            for index in [3, 4] {
                #expect(entries[members[index].name] == ["failed": true, "bad_peer_response": true])
            }
            #expect(entries[members[5].name] == ["failed": true, "code": "406", "reason": "late"])
            #expect(try answer.json()["hash"] == nil)
        }
    }

    @Test("A failing member's own database is told in bencode too")
    func failingPeer() async throws {
        let swarm = try TestSwarm(2)
        try await swarm.running {
            await swarm.members[1].files.messages.close()
            let reply = try await swarm.wire(.store(), at: 0, isJSON: true).json()
            let entry = try reply.need("swarm").need(swarm.members[1].name)
            #expect(entry["failed"] == 1)
            #expect(entry["query_failure"] == 1)
        }
    }

    @Test("The entry node's check comes before any copy is sent", arguments: recursive.dropFirst())
    func nothingForwarded(call: WireCall) async throws {
        let swarm = try TestSwarm(2)
        try await swarm.running {
            let answer = try await swarm.wire(call.with(["signature": .blob(WireOwner.forged)]), at: 0, isJSON: true)
            #expect(answer.status == 401)
            #expect(swarm.members[0].transport.requests("sn.storage_cc").isEmpty)
        }
    }

    /// Fields of a copy besides the account and the auth block.
    private static let copyFields: [(call: WireCall, fields: [String: WireValue])] = [
        (.delete().with(["required": false]), ["messages": .list(WireOwner.hashes.map(WireValue.text))]),
        (.deleteAll(), ["namespace": 0, "timestamp": .number(now)]),
        (
            .timed("delete_all", "timestamp", now, namespace: "all", signed: "all"),
            ["namespace": "all", "timestamp": .number(now)]
        ),
        (.deleteBefore(), ["before": .number(now), "namespace": 0]),
        (
            .timed("delete_before", "before", now, namespace: -5, signed: "-5"),
            ["before": .number(now), "namespace": -5]
        ),
        (.expireAll(), ["expiry": .number(now + day), "namespace": 0]),
        (
            .expire([now + 99 * day]),
            ["expiry": .number(now + 99 * day), "messages": .list(WireOwner.hashes.map(WireValue.text))]
        ),
        (
            .expire([now], flag: "extend"),
            ["expiry": .number(now), "messages": .list(WireOwner.hashes.map(WireValue.text)), "extend": 1]
        ),
        (
            .expire([now], flag: "shorten").with(["extend": false]),
            ["expiry": .number(now), "messages": .list(WireOwner.hashes.map(WireValue.text)), "shorten": 1]
        ),
        (.revoke(), ["revoke": [.blob(WireOwner.token)], "timestamp": .number(now)]),
        (.unrevoke(), ["unrevoke": [.blob(WireOwner.token)], "timestamp": .number(now)]),
    ]

    @Test(
        "A copy has exactly the fields of its method, raw, whatever the client's encoding",
        arguments: 0..<copyFields.count, [true, false])
    func copies(index: Int, isJSON: Bool) async throws {
        let (call, fields) = Self.copyFields[index]
        let auth = call.fields.filter { ["pubkey", "pubkey_ed25519", "signature"].contains($0.key) }
        let swarm = try TestSwarm(2)
        try await swarm.running {
            _ = try await swarm.wire(call, at: 0, isJSON: isJSON)
            let requests = swarm.members[0].transport.requests("sn.storage_cc")
            #expect(requests.count == 1)
            let copy = try #require(requests.first)
            #expect(copy.timeout == .seconds(5))
            #expect(copy.parts.first == Bytes(call.method.utf8))
            #expect(
                try copy.parts.last.map { try Bencode(parsing: $0) }
                    == WireValue.fields(auth.merging(fields.merging(Self.moment) { $1 }) { $1 }).bencode)
        }
    }

    /// What this network's copies have beyond the reference's.
    private static let moment: [String: WireValue] = ["accepted_at": .number(WireOwner.now)]

    @Test("A copy of a subaccount's call carries its token and both signatures")
    func subaccountCopy() async throws {
        let swarm = try TestSwarm(2)
        try await swarm.running {
            let call = WireCall.deleteAll().bySubaccount(flags: 4)
            let answer = try await swarm.wire(call, at: 0, isJSON: true)
            #expect(try answer.json().need("swarm").need(swarm.members[1].name)["deleted"] == [])
            let copy = try #require(swarm.members[0].transport.requests("sn.storage_cc").first?.parts.last)
            #expect(
                try Bencode(parsing: copy)
                    == WireValue.fields(
                        call.fields.merging(["namespace": 0]) { $1 }.merging(Self.moment) { $1 }
                    ).bencode)
        }
    }
}

extension TestSwarm {
    /// A client's call to one member over the queue.
    func wire(_ call: WireCall, at index: Int, isJSON: Bool) async throws -> WireAnswer {
        let json = JSON.object(call.fields.compactMapValues(\.json)).utf8
        let bencode = Bencode.dictionary(call.fields.compactMapValues(\.bencode)).encoded
        let outcome = await request(members[index], "storage.\(call.method)", [isJSON ? json : bencode])
        guard case .reply(let parts) = outcome else {
            Issue.record("\(call.method) gave \(outcome)")
            return WireAnswer(status: 0, body: [])
        }
        return try WireInterface.answer(parts)
    }
}
