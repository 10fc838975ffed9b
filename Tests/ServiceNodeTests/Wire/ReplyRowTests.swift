import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// Whole successful answers, byte for byte, with the node's signatures over exactly the specified bytes (storage-node §3.6).
struct ReplyRowTests {
    private static let now = WireOwner.now
    private static let day = WireOwner.day
    private static let owner = Hex.encode(WireOwner.session)
    private static let node = TestNode.keys.ed25519

    private static let (one, two, three) = WireSeeds.hashes
    private static let unknown = WireOwner.hashes[0]

    private static func signature(_ text: String) -> WireValue { .blob(node.sign(Bytes(text.utf8))) }

    /// The answer of a node that is alone in its swarm.
    /// - Parameter hash: of a stored message, which only the answer to a store names.
    private static func alone(
        _ entry: [String: WireValue], hash: WireValue = .absent, fork: Int64 = 3
    ) -> WireValue {
        [
            "hash": hash, "hf": [19, .number(fork)], "swarm": [node.publicKey.hex: .fields(entry)], "t": .number(now),
        ]
    }

    private func check(
        _ call: WireCall, _ expected: WireValue, seeds: [WireCall] = WireSeeds.stores, fork: Int = 3
    ) async throws {
        for interface in WireInterface.allCases {
            let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys)], revision: fork))
            for seed in seeds {
                let stored = try await WireInterface.queueBencode.call(node, seed.method, seed.fields)
                try #require(stored.status == 200, "\(stored.text)")
            }
            let answer = try await interface.call(node, call.method, call.fields)
            #expect(answer.status == 200)
            if interface.isJSON {
                #expect(answer.text == expected.json?.text, "\(interface)")
            } else {
                #expect(try answer.bencode() == expected.bencode)
                #expect(answer.body == expected.bencode?.encoded)
            }
        }
    }

    @Test("A store tells hash, expiry and signature, and whether the message was there", arguments: [true, false])
    func store(isNew: Bool) async throws {
        var entry: [String: WireValue] = [
            "hash": .text(Self.one), "signature": Self.signature(Self.one), "t": .number(Self.now),
            "expiry": .number(Self.now - 2 + Self.day),
        ]
        if !isNew { entry["already"] = true }
        try await check(
            WireSeeds.stores[0], Self.alone(entry, hash: .text(Self.one)), seeds: isNew ? [] : [WireSeeds.stores[0]])
    }

    @Test("A store of what is there tells the expiry in force: the later of the two", arguments: [-1, 1] as [Int64])
    func extendedStore(days: Int64) async throws {
        let later = Self.now - 2 + Self.day + max(days, 0) * Self.day / 2
        let entry: [String: WireValue] = [
            "already": true, "hash": .text(Self.one), "signature": Self.signature(Self.one), "t": .number(Self.now),
            "expiry": .number(later),
        ]
        let again = WireCall.store("one", timestamp: Self.now - 2, ttl: Self.day + days * Self.day / 2)
        try await check(again, Self.alone(entry, hash: .text(Self.one)), seeds: [WireSeeds.stores[0]])
    }

    @Test("A retrieve tells messages in their order, and whether there are more")
    func retrieve() async throws {
        func message(_ data: String, _ hash: String, _ time: Int64) -> WireValue {
            [
                "data": .blob(Bytes(data.utf8)), "expiration": .number(time + Self.day), "hash": .text(hash),
                "timestamp": .number(time),
            ]
        }
        func reply(_ messages: [WireValue], more: Bool) -> WireValue {
            ["hf": [19, 3], "messages": .list(messages), "more": .flag(more), "t": .number(Self.now)]
        }
        let (one, three) = (message("one", Self.one, Self.now - 2), message("three", Self.three, Self.now))
        try await check(.retrieve(), reply([one, three], more: false))
        try await check(.retrieve(2), reply([message("two", Self.two, Self.now - 1)], more: false))
        try await check(.retrieve().with(["max_count": 1]), reply([one], more: true))
        try await check(.retrieve().with(["max_count": 2]), reply([one, three], more: false))
        try await check(.retrieve().with(["last_hash": .text(Self.one)]), reply([three], more: false))
        try await check(.retrieve().with(["lastHash": .text(Self.three)]), reply([], more: false))
        for unknown in [Self.unknown, Self.two] {
            try await check(.retrieve().with(["last_hash": .text(unknown)]), reply([one, three], more: false))
        }
    }

    @Test("info tells version, fork and time")
    func info() async throws {
        let version: WireValue = [2, 8, 0]
        try await check(
            .info, ["hf": [19, 3], "t": .number(Self.now), "timestamp": .number(Self.now), "version": version])
    }

    @Test("A delete tells what it deleted, sorted, and signs what was asked and what was deleted")
    func delete() async throws {
        let asked = [Self.three, Self.unknown, Self.two]
        let gone = [Self.two, Self.three]
        try await check(
            .delete(asked),
            Self.alone([
                "deleted": WireOwner.list(gone),
                "signature": Self.signature(Self.owner + asked.joined() + WireOwner.joined(gone)),
            ]))
        try await check(
            .delete([Self.unknown]),
            Self.alone(["deleted": [], "signature": Self.signature(Self.owner + Self.unknown)]))
    }

    /// `delete_all`, `delete_before` and `expire_all` over one namespace and over all of them.
    private func swept(
        _ method: String, _ field: String, _ time: Int64, _ result: String, inbox: [String], all: [String: [String]]
    ) async throws {
        try await check(
            .timed(method, field, time),
            Self.alone([
                result: WireOwner.list(inbox),
                "signature": Self.signature("\(Self.owner)\(time)" + WireOwner.joined(inbox)),
            ]))
        try await check(
            .timed(method, field, time, namespace: "all", signed: "all"),
            Self.alone([
                result: .fields(all.mapValues(WireOwner.list)),
                "signature": Self.signature("\(Self.owner)\(time)" + WireOwner.joined(all.values.flatMap(\.self))),
            ]))
        try await check(
            .timed(method, field, time, namespace: 3, signed: "3"),
            Self.alone([result: [], "signature": Self.signature("\(Self.owner)\(time)")]))
    }

    @Test("delete_all tells what it deleted, by namespace where all were meant")
    func deleteAll() async throws {
        try await swept(
            "delete_all", "timestamp", Self.now, "deleted", inbox: [Self.one, Self.three],
            all: ["0": [Self.one, Self.three], "2": [Self.two]])
    }

    @Test("delete_before deletes what was sent before a time, the time itself included")
    func deleteBefore() async throws {
        try await swept(
            "delete_before", "before", Self.now - 1, "deleted", inbox: [Self.one],
            all: ["0": [Self.one], "2": [Self.two]])
        try await swept(
            "delete_before", "before", Self.now, "deleted", inbox: [Self.one, Self.three],
            all: ["0": [Self.one, Self.three], "2": [Self.two]])
        try await swept("delete_before", "before", Self.now - 3, "deleted", inbox: [], all: [:])
    }

    @Test("expire_all shortens what ends later and nothing else")
    func expireAll() async throws {
        let expiry = Self.now + Self.day - 2
        try await swept(
            "expire_all", "expiry", expiry, "updated", inbox: [Self.three], all: ["0": [Self.three], "2": [Self.two]])
        try await swept(
            "expire_all", "expiry", Self.now, "updated", inbox: [Self.one, Self.three],
            all: ["0": [Self.one, Self.three], "2": [Self.two]])
        try await swept("expire_all", "expiry", Self.now + Self.day, "updated", inbox: [], all: [:])
    }

    private func expire(
        _ expiry: Int64, flag: String = "", updated: [String], unchanged: [String: Int64]? = nil
    ) async throws {
        let asked = [Self.three, Self.unknown, Self.two]
        let capped = min(expiry, Self.now + 30 * Self.day)
        let kept = (unchanged ?? [:]).sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { "\($0.key)\($0.value)" }.joined()
        var entry: [String: WireValue] = [
            "expiry": .number(capped), "updated": WireOwner.list(updated),
            "signature": Self.signature("\(Self.owner)\(capped)" + asked.joined() + WireOwner.joined(updated) + kept),
        ]
        if let unchanged { entry["unchanged"] = .fields(unchanged.mapValues(WireValue.number)) }
        try await check(.expire([expiry], asked, flag: flag), Self.alone(entry))
    }

    @Test("expire sets, extends or shortens, and signs the expiry that it gave")
    func expire() async throws {
        let both = [Self.two, Self.three]
        let (first, last) = (Self.now - 1 + Self.day, Self.now + Self.day)
        try await expire(Self.now + 5, updated: both)
        try await expire(last, updated: both)
        try await expire(Self.now + 99 * Self.day, updated: both)
        try await expire(last + 1, flag: "extend", updated: both, unchanged: [:])
        try await expire(last, flag: "extend", updated: [Self.two], unchanged: [Self.three: last])
        try await expire(first, flag: "shorten", updated: [Self.three], unchanged: [Self.two: first])
        try await expire(
            first - 1, flag: "extend", updated: [], unchanged: [Self.two: first, Self.three: last])
        try await expire(
            last, flag: "shorten", updated: [], unchanged: [Self.two: first, Self.three: last])
    }

    @Test("expire takes as many expiries as messages")
    func severalExpiries() async throws {
        let asked = [Self.three, Self.unknown, Self.two]
        let expiries = [Self.now + 99 * Self.day, Self.now + 7, Self.now + 9]
        let given = [Self.three: Self.now + 30 * Self.day, Self.two: Self.now + 9]
        let updated = WireOwner.sorted([Self.two, Self.three])
        let times = updated.compactMap { given[$0] }
        try await check(
            .expire(expiries, asked),
            Self.alone(
                [
                    "expiry": .list(times.map(WireValue.number)), "updated": WireOwner.list(updated),
                    "signature": Self.signature(
                        Self.owner + times.map { "\($0)" }.joined() + asked.joined() + updated.joined()),
                ], fork: 4), fork: 4)
    }

    @Test("A subaccount that may only write extends silently when it asks to set")
    func extendOnly() async throws {
        let asked = [Self.three]
        for (expiry, updated) in [(Self.now + 5, []), (Self.now + 2 * Self.day, asked)] {
            try await check(
                WireCall.expire([expiry], asked).bySubaccount(flags: 2),
                Self.alone([
                    "expiry": .number(expiry), "updated": WireOwner.list(updated),
                    "signature": Self.signature("\(Self.owner)\(expiry)" + asked.joined() + updated.joined()),
                ]))
        }
    }

    @Test("get_expiries tells those of the account's own messages, without time and fork")
    func getExpiries() async throws {
        try await check(
            .getExpiries([Self.three, Self.unknown, Self.two]),
            [
                "expiries": [
                    Self.two: .number(Self.now - 1 + Self.day), Self.three: .number(Self.now + Self.day),
                ]
            ])
        try await check(.getExpiries(["all"]), ["expiries": [:]])
    }

    @Test("revoke_subaccount answers with a signature, unrevoke_subaccount with a count too")
    func revocations() async throws {
        let tokens = [WireOwner.token(flags: 1), WireOwner.token(flags: 2)]
        let signed = Bytes("\(Self.owner)\(Self.now)".utf8) + tokens.joined()
        let signature = WireValue.blob(Self.node.sign(signed))
        try await check(.revoke(tokens), Self.alone(["signature": signature]))
        try await check(.unrevoke(tokens), Self.alone(["count": 0, "signature": signature]))
        try await check(
            .unrevoke(tokens), Self.alone(["count": 1, "signature": signature]), seeds: [.revoke([tokens[1]])])
        try await check(
            .unrevoke(tokens), Self.alone(["count": 2, "signature": signature]), seeds: [.revoke(tokens)])
    }

    @Test("A required delete that finds nothing is 404 with the same body, and 200 otherwise")
    func requiredDelete() async throws {
        let entry: [String: WireValue] = [
            "deleted": [], "signature": Self.signature(Self.owner + Self.unknown),
        ]
        let body = Self.alone(entry)
        for (required, status) in [(true, 404), (false, 200)] {
            let call = WireCall.delete([Self.unknown]).with(["required": .flag(required)])
            try await WireRow(
                "required \(required)", "delete", call.fields, status, body.json?.text,
                bencoded: body.bencode.map { String(decoding: $0.encoded, as: UTF8.self) }
            ).check(at: TestNode())
        }
        for interface in WireInterface.allCases {
            let node = try TestNode()
            _ = try await interface.call(node, "store", WireSeeds.stores[0].fields)
            let call = WireCall.delete([Self.one, Self.unknown]).with(["required": true])
            #expect(try await interface.call(node, "delete", call.fields).status == 200)
            #expect(try await interface.call(node, "delete", call.fields).status == 404)
        }
    }

    @Test(
        "oxend_request passes the ledger's answer on, or its refusal",
        arguments: [
            (["200", #"{"a":[1,"b"],"z":-1}"#], 200, nil), (["200", "no json"], 502, "oxend returned unparsable data"),
            (["400", "bad name"], 400, "bad name"), ([], 400, "Unknown oxend error"),
        ] as [([String], Int, String?)])
    func oxendRequest(parts: [String], status: Int, text: String?) async throws {
        let result: WireValue = ["a": [1, "b"], "z": -1]
        let expected: WireValue = ["hf": [19, 3], "result": result, "t": .number(Self.now)]
        for interface in WireInterface.allCases {
            let node = try TestNode(
                transport: TestTransport(answer: { _ in .reply(parts.map { Bytes($0.utf8) }) }))
            for (name, parameters) in [("ons_resolve", #"{"type":0}"#), ("get_service_nodes", nil)] {
                let value = try parameters.map { WireValue.either(try JSON(parsing: Bytes($0.utf8)), .text($0)) }
                let answer = try await interface.call(
                    node, "oxend_request", ["endpoint": .text(name), "params": value ?? .absent])
                #expect(answer.status == status)
                let whole = interface.isJSON ? expected.json?.utf8 : expected.bencode?.encoded
                #expect(answer.body == text.map { Bytes($0.utf8) } ?? whole)
                let request = try #require(node.transport.requests.last)
                #expect(request.command == "rpc.\(name)")
                #expect(request.parts == (parameters.map { [Bytes($0.utf8)] } ?? []))
            }
        }
    }
}
