import SessionCrypto
import SessionProtocol
import Storage
import Testing

/// The edges of every time rule, to the millisecond, for clients and for copies of swarm peers (storage-node §3.4).
struct TimeRowTests {
    /// A call as a function of how far its time is from the node's, and what is refused beyond which edges.
    struct Rule: Sendable, CustomTestStringConvertible {
        var name: String
        var earliest: Int64?
        var latest: Int64?
        var status: Int
        var text: String
        var call: @Sendable (Int64) -> WireCall
        var testDescription: String { name }

        init(
            _ name: String, _ earliest: Int64?, _ latest: Int64?, _ status: Int, _ text: String,
            _ call: @escaping @Sendable (Int64) -> WireCall
        ) {
            self.name = name
            self.earliest = earliest
            self.latest = latest
            self.status = status
            self.text = text
            self.call = call
        }

        /// Offsets at the edges and just beyond them; the extremes stand for a side without an edge.
        var offsets: [(offset: Int64, isAllowed: Bool)] {
            let early: [(Int64, Bool)] = earliest.map { [($0, true), ($0 - 1, false)] } ?? [(-1_000_000_000, true)]
            let late: [(Int64, Bool)] = latest.map { [($0, true), ($0 + 1, false)] } ?? [(1_000_000_000_000, true)]
            return early + [(0, true)] + late
        }
    }

    private static let now = WireOwner.now

    private static let clock = "Timestamp error: check your clock"
    private static let store = [
        Rule("store, timestamp", nil, 10_000, 406, clock) {
            .store(timestamp: now + $0, ttl: WireOwner.day - $0)
        },
        Rule("store, signature", -60_000, 60_000, 406, "store signature timestamp too far from current time") {
            WireCall(
                "store", WireCall.store(namespace: 2).with(["sig_timestamp": .number(now + $0)]).fields,
                signing: "store2\(now + $0)")
        },
    ]

    private static func signed(_ method: String, _ call: @escaping @Sendable (Int64) -> WireCall) -> Rule {
        Rule(method, -60_000, 60_000, 406, "\(method) timestamp too far from current time") { call(now + $0) }
    }

    private static let client = [
        signed("retrieve") { .retrieve(timestamp: $0) }, signed("get_expiries") { .getExpiries(timestamp: $0) },
        signed("delete_all") { .deleteAll($0) },
        Rule("expire_all", -60_000, nil, 406, "expire_all timestamp should be >= current time") {
            .expireAll(now + $0)
        },
    ]

    private static let both = [
        signed("revoke_subaccount") { .revoke(timestamp: $0) },
        signed("unrevoke_subaccount") { .unrevoke(timestamp: $0) },
        Rule("delete_before", nil, 60_000, 401, "delete_before timestamp too far in the future") {
            .deleteBefore(now + $0)
        },
        Rule("expire", -60_000, nil, 401, "expire: timestamp should be >= current time") { .expire([now + $0]) },
    ]

    private static let copies = [
        Rule("delete_all", -70_000, 70_000, 406, "delete_all timestamp too far from current time") {
            .deleteAll(now + $0)
        },
        Rule("expire_all", -70_000, nil, 406, "expire_all timestamp should be >= current time") {
            .expireAll(now + $0)
        },
    ]

    @Test("A client's time is taken up to the edge and refused beyond it", arguments: store + client + both)
    func clients(rule: Rule) async throws {
        let node = try TestNode()
        for (offset, isAllowed) in rule.offsets {
            let call = rule.call(offset)
            try await WireRow(
                "at \(offset)", call.method, call.fields, isAllowed ? 200 : rule.status, isAllowed ? nil : rule.text
            ).check(at: node)
        }
    }

    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")

    @Test("A copy's time has ten seconds more in two methods, and no more in the others", arguments: both + copies)
    func forwarded(rule: Rule) async throws {
        let node = try TestNode(
            table: ledgerTable([ListedNode(TestNode.keys), ListedNode(Self.peer, ip: "127.1.0.2")]))
        for (offset, isAllowed) in rule.offsets {
            let answer = try await WireInterface.forward(node, rule.call(offset), from: Self.peer)
            #expect(answer.status == (isAllowed ? 200 : rule.status), "at \(offset): \(answer.text)")
            if !isAllowed { #expect(answer.text == rule.text) }
        }
    }

    @Test("A store's expiry may be ten seconds past, and its timestamp any time ago")
    func pastExpiry() async throws {
        let node = try TestNode()
        for (offset, status) in [(-10_000, 200), (-10_001, 406)] as [(Int64, Int)] {
            let call = WireCall.store(timestamp: Self.now - WireOwner.day, ttl: WireOwner.day + offset)
            try await WireRow("\(offset)", "store", call.fields, status, status == 200 ? nil : Self.clock)
                .check(at: node)
        }
    }

    @Test("Every expiry of a list is held to the rule")
    func severalExpiries() async throws {
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys)], hardfork: 19, revision: 4))
        for (offset, status) in [(-60_000, 200), (-60_001, 401)] as [(Int64, Int)] {
            let call = WireCall.expire([Self.now + 1, Self.now + 2, Self.now + offset])
            try await WireRow("\(offset)", "expire", call.fields, status, nil).check(at: node)
        }
    }

    @Test(
        "Expiries end thirty days from now at the latest, whatever was asked for",
        arguments: [0, 2, -10] as [Int16], ["", "extend"])
    func cap(namespace: Int16, flag: String) async throws {
        let longest = Self.now + 30 * WireOwner.day
        for (asked, given) in [(longest - 1, longest - 1), (longest, longest), (longest + 1, longest), (.max, longest)]
        {
            let node = try TestNode()
            let stored = try await node.result(
                "store", #require(WireValue.fields(WireCall.signedStore(namespace: namespace).fields).json))
            let call = WireCall.expire([asked], [try stored.text("hash")], flag: flag)
            let reply = try await WireInterface.https.call(node, "expire", call.fields)
            let entry = try reply.json().need("swarm").need(TestNode.keys.ed25519.publicKey.hex)
            #expect(entry["expiry"] == .integer(given))
            #expect(try await node.store.messages(afterRow: 0, limit: 1).first?.message.expiry == given)
        }
    }
}
