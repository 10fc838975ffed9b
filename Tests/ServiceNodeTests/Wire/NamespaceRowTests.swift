import SessionProtocol
import Testing

/// Who may store to and retrieve from which namespace, and for how long (storage-node §3.3).
struct NamespaceRowTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var namespace: Int16
        var isOpenToStore = false
        var isOpenToRetrieve = false
        var isUnrevocable = false
        var testDescription: String { "namespace \(namespace)" }
    }

    static let rows = [
        Row(namespace: 0, isOpenToStore: true), Row(namespace: 10, isOpenToStore: true),
        Row(namespace: 20, isOpenToStore: true), Row(namespace: -20, isOpenToStore: true),
        Row(namespace: 32_760, isOpenToStore: true), Row(namespace: -32_760, isOpenToStore: true),
        Row(namespace: -10, isOpenToStore: true, isOpenToRetrieve: true),
        Row(namespace: -1, isOpenToRetrieve: true), Row(namespace: -21, isOpenToRetrieve: true),
        Row(namespace: -41, isOpenToRetrieve: true), Row(namespace: -32_761, isOpenToRetrieve: true),
        Row(namespace: -11, isUnrevocable: true), Row(namespace: -111, isUnrevocable: true),
        Row(namespace: -32_711, isUnrevocable: true),
        Row(namespace: -31), Row(namespace: -12), Row(namespace: -211, isUnrevocable: true), Row(namespace: 1),
        Row(namespace: 2), Row(namespace: 3), Row(namespace: 11), Row(namespace: 21), Row(namespace: 111),
        Row(namespace: 32_767), Row(namespace: -32_768), Row(namespace: -2), Row(namespace: -19),
    ]

    @Test("A store without a signature is for public inboxes", arguments: rows)
    func unsignedStore(row: Row) async throws {
        let refusal = "store: signature required to store to namespace \(row.namespace)"
        try await WireRow(
            "unsigned", "store", WireCall.store(namespace: row.namespace).fields, row.isOpenToStore ? 200 : 401,
            row.isOpenToStore ? nil : refusal
        ).check(at: TestNode())
    }

    @Test("A wrong signature, even an old one, is not looked at in a public inbox", arguments: rows)
    func forgedStore(row: Row) async throws {
        let call = WireCall.signedStore(namespace: row.namespace).with(["signature": .blob(WireOwner.forged)])
        try await WireRow(
            "forged", "store", call.fields, row.isOpenToStore ? 200 : 401,
            row.isOpenToStore ? nil : "store signature verification failed"
        ).check(at: TestNode())
        let old = call.with(["sig_timestamp": .number(WireOwner.now - 1_000_000)])
        try await WireRow(
            "old", "store", old.fields, row.isOpenToStore ? 200 : 406,
            row.isOpenToStore ? nil : "store signature timestamp too far from current time"
        ).check(at: TestNode())
    }

    @Test("A signed store is taken everywhere and read back under its namespace alone", arguments: rows)
    func signed(row: Row) async throws {
        for interface in WireInterface.allCases {
            let node = try TestNode()
            let stored = try await interface.call(node, "store", WireCall.signedStore(namespace: row.namespace).fields)
            #expect(stored.status == 200, "\(stored.text)")
            for other in [row.namespace, row.namespace &+ 1] {
                let reply = try await interface.call(node, "retrieve", WireCall.retrieve(other).fields)
                #expect(reply.text.contains("expiration") == (other == row.namespace))
            }
        }
    }

    @Test("A retrieve without a signature is for outboxes and legacy groups", arguments: rows)
    func unsignedRetrieve(row: Row) async throws {
        let fields: [String: WireValue] = [
            "pubkey": .key(WireOwner.session), "namespace": .number(Int64(row.namespace)),
        ]
        try await WireRow(
            "unsigned", "retrieve", fields, row.isOpenToRetrieve ? 200 : 400,
            row.isOpenToRetrieve ? nil : "invalid request: Required field 'signature' missing"
        ).check(at: TestNode())
        let forged = WireCall.retrieve(row.namespace).with(["signature": .blob(WireOwner.forged)])
        try await WireRow("forged", "retrieve", forged.fields, 401, "retrieve signature verification failed")
            .check(at: TestNode())
    }

    @Test("Without a namespace the default inbox is meant, and says what it lacks itself")
    func defaultInbox() async throws {
        try await WireRow(
            "default", "retrieve", ["pubkey": .key(WireOwner.session)], 401, "retrieve: request signature required"
        ).check(at: TestNode())
    }

    @Test("A message lives from ten seconds to 14 days in public inboxes, to 30 days elsewhere", arguments: rows)
    func lifetimes(row: Row) async throws {
        let longest = (row.isOpenToStore ? 14 : 30) * WireOwner.day
        let refusal = "Provided expiry/TTL is not valid."
        let node = try TestNode()
        for (ttl, isAllowed) in [(longest, true), (longest + 1, false), (10_000, true), (9999, false), (0, false)] {
            let call = WireCall.signedStore(namespace: row.namespace, ttl: ttl)
            let (status, text) = isAllowed ? (200, nil) : (403, refusal)
            try await WireRow("ttl \(ttl)", "store", call.fields, status, text).check(at: node)
            let expiry = call.with(["ttl": .absent, "expiry": .number(WireOwner.now + ttl)])
            try await WireRow("expiry", "store", expiry.fields, status, text).check(at: node)
        }
    }

    @Test("A revoked subaccount reads unrevocable namespaces alone", arguments: rows)
    func revoked(row: Row) async throws {
        let node = try TestNode()
        let retrieve = WireCall.retrieve(row.namespace).bySubaccount(flags: 7)
        try await WireRow("before", "retrieve", retrieve.fields, 200, nil).check(at: node)
        let revoke = WireCall.revoke([WireOwner.token(flags: 7)])
        try await WireRow("revoke", revoke.method, revoke.fields, 200, nil, on: [.queueBencode]).check(at: node)
        try await WireRow(
            "revoked", "retrieve", retrieve.fields, row.isUnrevocable ? 200 : 401,
            row.isUnrevocable ? nil : "retrieve signature verification failed"
        ).check(at: node)
        if !row.isOpenToStore {
            let store = WireCall.signedStore(namespace: row.namespace).bySubaccount(flags: 7)
            try await WireRow("store", "store", store.fields, 401, "store signature verification failed").check(
                at: node)
        }
        let otherFlags = WireCall.retrieve(row.namespace).bySubaccount(flags: 3)
        try await WireRow("another token", "retrieve", otherFlags.fields, 200, nil).check(at: node)
    }

    @Test("An outbox keeps one message, an inbox all", arguments: rows)
    func outboxes(row: Row) async throws {
        let node = try TestNode()
        for text in ["one", "two"] {
            _ = try await node.result(
                "store", #require(Self.json(WireCall.signedStore(text, namespace: row.namespace))))
        }
        let reply = try await node.result("retrieve", #require(Self.json(WireCall.retrieve(row.namespace))))
        let isOutbox = row.isOpenToRetrieve && !row.isOpenToStore
        #expect(
            try reply.list("messages").compactMap { $0["data"]?.asString } == (isOutbox ? ["dHdv"] : ["b25l", "dHdv"]))
    }

    private static func json(_ call: WireCall) -> JSON? { WireValue.fields(call.fields).json }
}
