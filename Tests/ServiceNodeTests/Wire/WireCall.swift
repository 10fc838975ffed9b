import ManualTime
import SessionCrypto
import SessionProtocol
import Testing

/// The owner of the accounts that calls are about.
enum WireOwner {
    static let keys = NodeKeys(networkSeed: 7, name: "owner").ed25519
    /// 05, the converted key.
    static let session = AccountID(session: keys.x25519.publicKey).bytes
    /// 03, the signing key itself.
    static let group: Bytes = [3] + keys.publicKey.bytes
    /// The node's time at the start of every test.
    static let now = TestClock.epoch
    static let day: Int64 = 86_400_000
    static let hashes = ["A", "B", "C"].map { String(repeating: $0, count: 43) }
    static let token: Bytes = [5, 7, 0, 0] + Bytes(repeating: 9, count: 32)
    /// Bytes of a signature's length that sign nothing.
    static let forged = Bytes(repeating: 1, count: 64)

    /// A key that acts for the owner.
    static let deputy = NodeKeys(networkSeed: 7, name: "deputy").ed25519
    /// An account that maps to ``foreignSwarm`` wherever that and 0x10 are the swarms.
    static let foreign: Bytes = [5, 0x80] + Bytes(repeating: 0, count: 31)
    static let foreignSwarm: UInt64 = 1 << 63

    static func token(flags: UInt8, prefix: UInt8 = 5) -> Bytes { [prefix, flags, 0, 0] + deputy.publicKey.bytes }

    /// The name of a message of the 05 account, made as the specification says (storage-node §4).
    static func hash(_ data: String, _ namespace: Int16 = 0) -> String {
        String(Base64.encode(Digest.blake2b(session + Bytes((WireCall.signed(namespace) + data).utf8))).prefix(43))
    }

    static func sorted(_ hashes: [String]) -> [String] {
        hashes.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Hashes as an answer lists them.
    static func list(_ hashes: [String]) -> WireValue { .list(sorted(hashes).map(WireValue.text)) }

    /// Hashes as an answer's signature covers them.
    static func joined(_ hashes: [String]) -> String { sorted(hashes).joined() }
}

/// A call that a node accepts, built from the specification alone (storage-node §3.2, §3.5).
struct WireCall: Sendable, CustomTestStringConvertible {
    var method: String
    var fields: [String: WireValue]
    /// What the signature covers; empty for a call without one.
    var signedText: Bytes = []

    var testDescription: String { "\(method) \(JSON.object(fields.compactMapValues(\.json)).text)" }

    /// A call without a signature.
    init(_ method: String, _ fields: [String: WireValue]) {
        self.method = method
        self.fields = fields
    }

    /// A call of the 05 account, signed over `text`.
    init(_ method: String, _ fields: [String: WireValue], signing text: String) {
        self.init(method, fields, signing: Bytes(text.utf8))
    }

    init(_ method: String, _ fields: [String: WireValue], signing text: Bytes) {
        self.method = method
        signedText = text
        self.fields = fields.merging([
            "pubkey": .key(WireOwner.session), "pubkey_ed25519": .key(WireOwner.keys.publicKey.bytes),
            "signature": .blob(WireOwner.keys.sign(text)),
        ]) { own, _ in own }
    }

    func with(_ changes: [String: WireValue]) -> WireCall {
        var call = self
        call.fields.merge(changes) { $1 }
        return call
    }

    /// The same call, signed by a key that the account's owner lets act for it (storage-node §5).
    func bySubaccount(flags: UInt8, prefix: UInt8 = 5) -> WireCall {
        let token = WireOwner.token(flags: flags, prefix: prefix)
        return with([
            "signature": .blob(WireOwner.deputy.sign(signedText)), "subaccount": .blob(token),
            "subaccount_sig": .blob(WireOwner.keys.sign(token)),
        ])
    }

    static func store(
        _ data: String = "hello", namespace: Int16? = nil, timestamp: Int64 = WireOwner.now,
        ttl: Int64 = WireOwner.day
    ) -> WireCall {
        WireCall(
            "store",
            [
                "pubkey": .key(WireOwner.session), "data": .blob(Bytes(data.utf8)), "timestamp": .number(timestamp),
                "ttl": .number(ttl), "namespace": namespace.map { .number(Int64($0)) } ?? .absent,
            ])
    }

    static func signedStore(
        _ data: String = "hello", namespace: Int16, timestamp: Int64 = WireOwner.now, ttl: Int64 = WireOwner.day
    ) -> WireCall {
        WireCall(
            "store", store(data, namespace: namespace, timestamp: timestamp, ttl: ttl).fields,
            signing: "store\(signed(namespace))\(timestamp)")
    }

    static func retrieve(_ namespace: Int16? = nil, timestamp: Int64 = WireOwner.now) -> WireCall {
        WireCall(
            "retrieve",
            ["namespace": namespace.map { .number(Int64($0)) } ?? .absent, "timestamp": .number(timestamp)],
            signing: "retrieve\(signed(namespace ?? 0))\(timestamp)")
    }

    static func delete(_ hashes: [String] = WireOwner.hashes) -> WireCall {
        WireCall("delete", ["messages": .list(hashes.map(WireValue.text))], signing: "delete" + hashes.joined())
    }

    /// `delete_all`, `delete_before` and `expire_all`: `field` holds their time; namespace `nil` is not sent.
    static func timed(
        _ method: String, _ field: String, _ time: Int64, namespace: WireValue? = nil, signed text: String = ""
    ) -> WireCall {
        WireCall(
            method, [field: .number(time), "namespace": namespace ?? .absent], signing: "\(method)\(text)\(time)")
    }

    static func deleteAll(_ time: Int64 = WireOwner.now) -> WireCall { timed("delete_all", "timestamp", time) }
    static func deleteBefore(_ time: Int64 = WireOwner.now) -> WireCall { timed("delete_before", "before", time) }
    static func expireAll(_ time: Int64 = WireOwner.now + WireOwner.day) -> WireCall {
        timed("expire_all", "expiry", time)
    }

    static func expire(
        _ expiries: [Int64] = [WireOwner.now + WireOwner.day], _ hashes: [String] = WireOwner.hashes, flag: String = ""
    ) -> WireCall {
        let times = expiries.map(WireValue.number)
        return WireCall(
            "expire",
            [
                "expiry": times.count == 1 ? times[0] : .list(times), "messages": .list(hashes.map(WireValue.text)),
                flag: flag.isEmpty ? .absent : true,
            ],
            signing: "expire" + flag + expiries.map { "\($0)" }.joined() + hashes.joined())
    }

    static func getExpiries(_ hashes: [String] = WireOwner.hashes, timestamp: Int64 = WireOwner.now) -> WireCall {
        WireCall(
            "get_expiries", ["messages": .list(hashes.map(WireValue.text)), "timestamp": .number(timestamp)],
            signing: "get_expiries\(timestamp)" + hashes.joined())
    }

    static func revoke(_ tokens: [Bytes] = [WireOwner.token], timestamp: Int64 = WireOwner.now) -> WireCall {
        revocation("revoke", tokens, timestamp)
    }

    static func unrevoke(_ tokens: [Bytes] = [WireOwner.token], timestamp: Int64 = WireOwner.now) -> WireCall {
        revocation("unrevoke", tokens, timestamp)
    }

    private static func revocation(_ field: String, _ tokens: [Bytes], _ timestamp: Int64) -> WireCall {
        let method = "\(field)_subaccount"
        return WireCall(
            method, [field: .list(tokens.map(WireValue.blob)), "timestamp": .number(timestamp)],
            signing: Bytes("\(method)\(timestamp)".utf8) + tokens.joined())
    }

    static let getSwarm = WireCall("get_swarm", ["pubkey": .key(WireOwner.session)])
    static let info = WireCall("info", [:])

    /// The namespace as it enters signed texts.
    static func signed(_ namespace: Int16) -> String { namespace == 0 ? "" : "\(namespace)" }

    /// Every method that always carries an auth block.
    static let authenticated = [
        signedStore(namespace: 2), retrieve(), delete(), deleteAll(), deleteBefore(), expireAll(), expire(),
        getExpiries(), revoke(), unrevoke(),
    ]
}
