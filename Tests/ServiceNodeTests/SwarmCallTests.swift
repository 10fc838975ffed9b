import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// Requests that a whole swarm runs: the copies, and the entries of all members (storage-node §3.6, §8.1).
@Suite(.workLimit(minutes: 1)) struct SwarmCallTests {
    private let account: TestAccount
    private let time: Int64

    init() throws {
        account = try TestAccount()
        time = account.time
    }

    /// Stores messages a second apart at the first member, and so at every other.
    private func fill(_ swarm: TestSwarm, _ names: [String], _ namespace: Int16 = 0) async throws {
        for (index, name) in names.enumerated() {
            let sent = time - Int64(index) * 1000
            let reply = try await swarm.call(
                swarm.members[0], "store",
                account.signedStore(
                    name, namespace, extra: ["timestamp": .integer(sent), "sig_timestamp": .integer(time)]))
            #expect(try reply.need("swarm").asObject?.values.allSatisfy { $0["failed"] == nil } == true)
        }
    }

    /// Checks that all members say the same, each under its own signature.
    /// - Returns: what they say, but for the signature.
    private func agreement(_ reply: JSON, _ swarm: TestSwarm, signing text: Bytes) throws -> [String: JSON] {
        #expect(reply.asObject?.keys.sorted() == ["hf", "swarm", "t"])
        var said: [[String: JSON]] = []
        for member in swarm.members {
            var entry = try #require(try reply.need("swarm").need(member.name).asObject)
            let signature = try #require(Base64.decode(entry["signature"]?.asString ?? "none"))
            #expect(member.keys.ed25519.publicKey.verifies(signature, of: text))
            entry["signature"] = nil
            said.append(entry)
        }
        #expect(said.allSatisfy { $0 == said.first })
        return try #require(said.first)
    }

    private func count(_ member: TestSwarm.Member) async throws -> Int { try await member.node.inventory().count }

    @Test("Deleting by name is done and signed alike on every member, and every member's copy is gone")
    func delete() async throws {
        let swarm = try TestSwarm(4)
        try await swarm.running {
            try await fill(swarm, ["a", "b", "c"])
            let requested = ["c", "none", "a"].map { account.hash($0) }
            let deleted = ["c", "a"].map { account.hash($0) }.sorted()
            let reply = try await swarm.call(swarm.members[1], "delete", account.delete(requested))
            let said = try agreement(
                reply, swarm, signing: SignedEntry.delete(account.session, requested: requested, deleted: deleted))
            #expect(said == ["deleted": TestAccount.names(deleted)])
            for member in swarm.members { #expect(try await count(member) == 1) }
        }
    }

    @Test("Mailboxes are emptied alike on every member, one and all, by age and altogether")
    func mailboxes() async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            try await fill(swarm, ["new", "old"])
            try await fill(swarm, ["new", "old"], 5)
            let old = [account.hash("old"), account.hash("old", 5)]
            let before = try await swarm.call(
                swarm.members[2], "delete_before", account.deleteBefore(.all, time - 1000))
            let said = try agreement(
                before, swarm, signing: SignedEntry.mailboxes(account.session, time - 1000, old.sorted()))
            #expect(
                said == ["deleted": ["0": TestAccount.names([old[0]]), "5": TestAccount.names([old[1]])]])
            let one = try await swarm.call(
                swarm.members[1], "delete_all", account.deleteAll(.one(Namespace(5))))
            let hashes = [account.hash("new", 5)]
            #expect(
                try agreement(one, swarm, signing: SignedEntry.mailboxes(account.session, time, hashes))
                    == ["deleted": TestAccount.names(hashes)])
            for member in swarm.members { #expect(try await count(member) == 1) }
        }
    }

    @Test("Expiries change alike on every member")
    func expiries() async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            try await fill(swarm, ["a", "b"])
            let (a, b) = (account.hash("a"), account.hash("b"))
            let day: Int64 = 86_400_000
            let later = try await swarm.call(
                swarm.members[0], "expire", account.expire([b, a], [time + 3 * day], flag: "extend"))
            #expect(
                try agreement(
                    later, swarm,
                    signing: SignedEntry.expire(
                        account.session, [time + 3 * day], requested: [b, a], updated: [a, b].sorted(), unchanged: []))
                    == [
                        "updated": TestAccount.names([a, b].sorted()), "expiry": .integer(time + 3 * day),
                        "unchanged": [:],
                    ])
            let all = try await swarm.call(
                swarm.members[1], "expire_all", account.expireAll(.all, time + 2 * day))
            #expect(
                try agreement(
                    all, swarm, signing: SignedEntry.mailboxes(account.session, time + 2 * day, [a, b].sorted()))
                    == ["updated": ["0": TestAccount.names([a, b].sorted())]])
            for member in swarm.members {
                let reply = try await swarm.call(member, "get_expiries", account.getExpiries([a.text, b.text]))
                #expect(
                    reply == [
                        "expiries": [a.text: .integer(time + 2 * day), b.text: .integer(time + 2 * day)]
                    ])
            }
        }
    }

    @Test("A copy has the fields that the reference sends and when it was accepted, and nothing else")
    func copies() async throws {
        let swarm = try TestSwarm(2)
        swarm.list(swarm.members.map { ListedNode($0.keys) }, revision: 4)
        try await swarm.running {
            let token = [5, 6, 0, 0] + account.keys.publicKey.bytes
            let delegated: [String: JSON] = [
                "subaccount": .string(Base64.encode(token)), "subaccount_sig": .string(account.sign(token)),
            ]
            let (a, b) = (account.hash("a"), account.hash("b"))
            let far = time + 99 * 86_400_000
            let calls: [(method: String, request: JSON, text: Bytes, fields: [String: Bencode])] = [
                (
                    "delete", account.delete([b, a], extra: ["required": true]), SignedText.delete([b, a]),
                    ["messages": .list([.text(b.text), .text(a.text)])]
                ),
                (
                    "delete_all", account.deleteAll(.one(.inbox)), SignedText.deleteAll(.one(.inbox), timestamp: time),
                    ["namespace": .integer(0), "timestamp": .integer(time)]
                ),
                (
                    "delete_before", account.deleteBefore(.all, time), SignedText.deleteBefore(.all, time),
                    ["namespace": .text("all"), "before": .integer(time)]
                ),
                (
                    "expire_all", account.expireAll(.one(Namespace(-3)), far),
                    SignedText.expireAll(.one(Namespace(-3)), expiry: far),
                    ["namespace": .integer(-3), "expiry": .integer(far)]
                ),
                (
                    "expire", account.expire([a], [far], flag: "shorten", extra: ["extend": false]),
                    SignedText.expire(flag: "shorten", [far], [a]),
                    ["messages": .list([.text(a.text)]), "expiry": .integer(far), "shorten": .integer(1)]
                ),
            ]
            for call in calls {
                let plain = try await copy(call.method, call.request, swarm)
                let expected = call.fields.merging([
                    "pubkey": .bytes(account.session.bytes),
                    "pubkey_ed25519": .bytes(account.keys.publicKey.bytes),
                    "signature": .bytes(account.keys.sign(call.text)),
                ]) { $1 }
                #expect(plain == .dictionary(expected), "\(call.method)")
                let request = JSON.object(try #require(call.request.asObject).merging(delegated) { $1 })
                let withToken = expected.merging([
                    "subaccount": .bytes(token), "subaccount_sig": .bytes(account.keys.sign(token)),
                ]) { $1 }
                #expect(
                    try await copy(call.method, request, swarm) == .dictionary(withToken), "\(call.method)")
            }
            let several = try await copy("expire", account.expire([a, b], [far, time], flag: "extend"), swarm)
            #expect(several["expiry"] == .list([.integer(far), .integer(time)]))
            #expect(several["extend"] == .integer(1))
        }
    }

    /// The reply's frames.
    private func frames(_ method: String, _ request: Bytes, _ swarm: TestSwarm) async throws -> [Bytes] {
        let outcome = await swarm.request(swarm.members[0], "storage.\(method)", [request])
        guard case .reply(let parts) = outcome else { throw NoReply(outcome: outcome) }
        return parts
    }

    private struct NoReply: Error { var outcome: OMQOutcome }

    /// The last copy of a request that the first of two members sent, without the moment that all of them carry.
    private func copy(_ method: String, _ request: JSON, _ swarm: TestSwarm) async throws -> Bencode {
        _ = try await frames(method, request.utf8, swarm)
        let copy = try #require(swarm.members[0].transport.requests("sn.storage_cc").last).parts
        #expect(copy[0] == Bytes(method.utf8))
        var fields = try #require(try Bencode(parsing: copy[1]).asDictionary)
        // Each request takes a moment after those before it, and this clock stands still.
        let moment = try #require(fields.removeValue(forKey: "accepted_at")?.asInteger)
        #expect((time..<time + 10).contains(moment))
        return .dictionary(fields)
    }

    @Test(
        "A member that is dead, refuses, answers an error or nonsense has an entry that says so; the others' stand",
        arguments: [
            (.silent, ["failed": true, "timeout": true]), (.unreachable, ["failed": true, "timeout": true]),
            (
                .answers([Bytes("406".utf8), Bytes("too late".utf8)]),
                ["failed": true, "code": "406", "reason": "too late"]
            ),
            (.answers([Bytes("garbage".utf8)]), ["failed": true, "bad_peer_response": true]),
            (.answers([]), ["failed": true, "bad_peer_response": true]),
            (.answers([[1], [2], [3]]), ["failed": true, "bad_peer_response": true]),
            (
                .answers([Bytes("d6:failedi1e13:query_failurei1ee".utf8)]), ["failed": 1, "query_failure": 1]
            ),
            // What a peer says is passed on as it says it.
            (.answers([Bytes("d7:deletedl1:b1:aee".utf8)]), ["deleted": ["b", "a"]]),
        ] as [(TestSwarm.Condition, JSON)])
    func failures(condition: TestSwarm.Condition, expected: JSON) async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            try await fill(swarm, ["a"])
            swarm.set(condition, for: swarm.members[2])
            let hash = account.hash("a")
            let reply = try await swarm.call(swarm.members[0], "delete", account.delete([hash]))
            #expect(try reply.need("swarm").need(swarm.members[2].name) == expected)
            for member in swarm.members[..<2] {
                #expect(try reply.need("swarm").need(member.name)["deleted"] == TestAccount.names([hash]))
            }
        }
    }

    @Test("A required deletion succeeds when one other member deleted, and every entry without a list gains a null")
    func required() async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            try await fill(swarm, ["a"])
            let hash = account.hash("a")
            _ = try await swarm.members[0].files.messages.delete([hash], of: account.session, at: time)
            swarm.set(.unreachable, for: swarm.members[2])
            let request = account.delete([hash], extra: ["required": true])
            let reply = try await swarm.call(swarm.members[0], "delete", request)
            #expect(try reply.need("swarm").need(swarm.members[0].name)["deleted"] == [])
            #expect(try reply.need("swarm").need(swarm.members[1].name)["deleted"] == TestAccount.names([hash]))
            #expect(
                try reply.need("swarm").need(swarm.members[2].name)
                    == ["failed": true, "timeout": true, "deleted": .null])
            let second = try await frames("delete", request.utf8, swarm)
            #expect(second.first == Bytes("404".utf8))
            #expect(
                try JSON(parsing: second[1]).need("swarm").need(swarm.members[2].name)["deleted"] == .null)
            // Bencode has no null: the entry stays as it was.
            let bencoded = try await frames("delete", request.bencodedRequest.encoded, swarm)
            #expect(bencoded.first == Bytes("404".utf8))
            #expect(
                try Bencode(parsing: bencoded[1])["swarm"]?[swarm.members[2].name]
                    == .dictionary(["failed": .integer(1), "timeout": .integer(1)]))
        }
    }

    @Test("A bencoded request gets the raw signatures of all members")
    func bencode() async throws {
        let swarm = try TestSwarm(2)
        try await swarm.running {
            try await fill(swarm, ["a"])
            let request = account.deleteAll(.all).bencodedRequest
            let parts = try await frames("delete_all", request.encoded, swarm)
            let text = SignedEntry.mailboxes(account.session, time, [account.hash("a")])
            for member in swarm.members {
                let entry = try Bencode(parsing: parts[0])["swarm"]?[member.name]
                #expect(entry?["deleted"] == .dictionary(["0": .list([.text(account.hash("a").text)])]))
                #expect(entry?["signature"] == .bytes(member.keys.ed25519.sign(text)))
            }
        }
    }

    @Test("A peer that has moved on to another swarm answers 421, with where to ask in the copy's encoding")
    func movedPeer() async throws {
        let swarm = try TestSwarm(2)
        let (stays, moves) = (swarm.members[0], swarm.members[1])
        try await swarm.running {
            try await fill(swarm, ["a"])
            swarm.list(
                [ListedNode(stays.keys), ListedNode(moves.keys, swarm: 0x8000_0000_0000_0000)], block: "b2")
            try await swarm.announceBlock(to: moves)
            await moves.events.until(.swarmEntered, count: 2)
            let hash = account.hash("a")
            let reply = try await swarm.call(stays, "delete", account.delete([hash]))
            #expect(try reply.need("swarm").need(stays.name)["deleted"] == TestAccount.names([hash]))
            let entry = try reply.need("swarm").need(moves.name)
            #expect(entry.asObject?.keys.sorted() == ["code", "failed", "reason"])
            #expect(entry["code"] == "421")
            let reason = try Bencode(parsing: Bytes(try entry.text("reason").utf8))
            #expect(reason["swarm"] == .text("10"))
            #expect(reason["snodes"]?.asList?.count == 1)
        }
    }

    @Test("What a peer says reaches a bencoded caller byte for byte, and a JSON caller as far as JSON can say it")
    func verbatim() async throws {
        let swarm = try TestSwarm(2)
        let entry = Bencode.dictionary([
            "count": .unsigned(.max), "deleted": .list([.bytes([0xff]), .text("a")]),
            "nested": .dictionary(["b": .list([])]),
            "signature": .bytes(Bytes(repeating: 0xfe, count: 64)),
        ])
        try await swarm.running {
            swarm.set(.answers([entry.encoded]), for: swarm.members[1])
            let request = account.delete([account.hash("a")])
            let parts = try await frames("delete", request.bencodedRequest.encoded, swarm)
            #expect(try Bencode(parsing: parts[0])["swarm"]?[swarm.members[1].name] == entry)
            let reply = try await swarm.call(swarm.members[0], "delete", request)
            #expect(
                try reply.need("swarm").need(swarm.members[1].name) == [
                    "count": .unsigned(.max), "deleted": ["/w==", "a"], "nested": ["b": []],
                    "signature": .string(Base64.encode(Bytes(repeating: 0xfe, count: 64))),
                ])
            swarm.set(.answers([Bytes("421".utf8), [0xff]]), for: swarm.members[1])
            let refused = try await frames("delete", request.bencodedRequest.encoded, swarm)
            #expect(try Bencode(parsing: refused[0])["swarm"]?[swarm.members[1].name]?["reason"] == .bytes([0xff]))
        }
    }

    @Test("A peer whose clock goes ahead still runs a copy at the edge of what the entry node takes")
    func tolerance() async throws {
        let swarm = try TestSwarm(2, skews: [1: 10_000])
        try await swarm.running {
            let reply = try await swarm.call(
                swarm.members[0], "delete_all", account.deleteAll(.all, at: time - 60_000))
            #expect(try reply.need("swarm").need(swarm.members[1].name)["failed"] == nil)
            let stale = try await swarm.call(
                swarm.members[0], "expire", account.expire([account.hash("a")], [time - 60_000]))
            #expect(
                try stale.need("swarm").need(swarm.members[1].name) == [
                    "failed": true, "code": "401", "reason": "expire: timestamp should be >= current time",
                ])
        }
    }

    @Test("Each member caps an expiry by its own clock, and signs what it made of it")
    func ownCap() async throws {
        let swarm = try TestSwarm(2, skews: [1: 7])
        try await swarm.running {
            try await fill(swarm, ["a"])
            let hash = account.hash("a")
            let reply = try await swarm.call(
                swarm.members[0], "expire", account.expire([hash], [time + 99 * 86_400_000]))
            for (member, skew) in zip(swarm.members, [0, 7] as [Int64]) {
                let entry = try reply.need("swarm").need(member.name)
                let cap = time + skew + 30 * 86_400_000
                #expect(entry["expiry"] == .integer(cap))
                let text = SignedEntry.expire(
                    account.session, [cap], requested: [hash], updated: [hash], unchanged: [])
                #expect(try entry.text("signature") == Base64.encode(member.keys.ed25519.sign(text)))
            }
        }
    }

    @Test(
        "Who accepts what is asked of unknown messages remembers it, or has failed if a member was missed",
        arguments: [
            TestSwarm.Condition.alive, .silent, .unreachable, .answers([Bytes("406".utf8), Bytes("late".utf8)]),
        ])
    func unknownMessages(condition: TestSwarm.Condition) async throws {
        let swarm = try TestSwarm(2)
        let isMissed = if case .alive = condition { false } else { true }
        try await swarm.running {
            let store = swarm.members[0].files.messages
            let (first, second) = (account.hash("a"), account.hash("b"))
            swarm.set(condition, for: swarm.members[1])
            let reply = try await swarm.call(swarm.members[0], "delete", account.delete([first]))
            #expect(try reply.need("swarm").need(swarm.members[0].name)["deleted"] == [])
            let told = try await store.changes(since: 0, after: nil, limit: 9)
            #expect(told.map(\.moment) == [time])
            // There is no room for another one.
            let others = (1..<OrderLimits.perAccount).map { account.hash("other \($0)") }
            try await store.remember(.deletion(others), of: account.session, at: time)
            let next = try await swarm.call(swarm.members[0], "delete", account.delete([second]))
            let entry = try next.need("swarm").need(swarm.members[0].name)
            #expect(entry["failed"] == (isMissed ? true : nil))
            #expect(entry["deleted"] == (isMissed ? nil : []))
            #expect(entry["reason"]?.asString?.contains("no more can be remembered") ?? false == isMissed)
        }
    }

    @Test(
        "A member that only the table now in force names is told of a change, whoever asked for it",
        arguments: [CallOrigin.client, .swarmPeer(acceptedAt: nil)])
    func newcomer(_ origin: CallOrigin) async throws {
        let newcomer = NodeKeys(networkSeed: 7, name: "newcomer")
        let node = try TestNode()
        let before = try #require(node.membership.current)
        try node.follow(ledgerTable([ListedNode(TestNode.keys), ListedNode(newcomer)], height: 2, block: "b2"))
        _ = await SwarmCall(node: node.state).reply(
            "delete", .dictionary([:]), asking: .deletion([]), of: account.session, under: before, to: origin
        ) { _ in [:] }
        let told = node.state.transfers.withPending { Array($0.amendments.keys) }
        #expect(told == [newcomer.x25519.publicKey])
    }
}
