import SessionCrypto
import SessionProtocol
import Testing

/// What a handler checks once the parameters are sound, in the order of the specification (storage-node §3.5). Each refusal is
/// provoked alone, and with all those that come after it.
struct HandlerRowTests {
    private static let now = WireOwner.now
    private static let forged: [String: WireValue] = ["signature": .blob(WireOwner.forged)]

    /// A time refusal at both ends of the tolerance, then a signature that does not fit.
    private static func clocked(_ method: String, _ field: String, _ text: String) -> [WireDefect] {
        [
            .refused(406, text, [field: .number(now - 60_001)]), .refused(406, text, [field: .number(now + 60_001)]),
            .refused(401, "\(method) signature verification failed", forged),
        ]
    }

    private static func tooFar(_ method: String) -> String { "\(method) timestamp too far from current time" }

    private static let store: [WireDefect] = [
        .refused(403, "Provided expiry/TTL is not valid.", ["ttl": 9999]),
        .refused(406, "Timestamp error: check your clock", ["timestamp": .number(now + 10_001)]),
        .refused(
            406, "Timestamp error: check your clock",
            ["timestamp": .number(now - WireOwner.day), "ttl": .number(WireOwner.day - 10_001)]),
        .refused(401, "store: signature required to store to namespace 2", ["signature": .absent]),
        .refused(
            406, "store signature timestamp too far from current time", ["sig_timestamp": .number(now - 60_001)]),
        .refused(401, "store signature verification failed", forged),
    ]

    private static let unsigned: [String: WireValue] = [
        "signature": .absent, "pubkey_ed25519": .absent, "timestamp": .absent,
    ]

    private static let expire: [WireDefect] = [
        .refused(401, "expire: timestamp should be >= current time", ["expiry": .number(now - 60_001)]),
        .refused(
            403, "expire: multi-expiry requests are not yet active on the network",
            ["expiry": .list((1...3).map { .number(now + $0 * WireOwner.day) })]),
        .refused(401, "expire: signature verification failed", forged),
    ]

    private static let tables: [(call: WireCall, defects: [WireDefect])] = [
        (.signedStore(namespace: 2), store),
        (
            .retrieve(),
            [.refused(401, "retrieve: request signature required", unsigned)]
                + clocked("retrieve", "timestamp", tooFar("retrieve"))
        ),
        (.delete(), [.refused(401, "delete_msgs signature verification failed", forged)]),
        (.deleteAll(), clocked("delete_all", "timestamp", tooFar("delete_all"))),
        (
            .deleteBefore(),
            [
                .refused(401, "delete_before timestamp too far in the future", ["before": .number(now + 60_001)]),
                .refused(401, "delete_before signature verification failed", forged),
            ]
        ),
        (
            .expireAll(),
            [
                .refused(
                    406, "expire_all timestamp should be >= current time", ["expiry": .number(now - 60_001)]),
                .refused(401, "expire_all signature verification failed", forged),
            ]
        ),
        (.expire(), expire),
        (.getExpiries(), clocked("get_expiries", "timestamp", tooFar("get_expiries"))),
        (.revoke(), clocked("revoke_subaccount", "timestamp", tooFar("revoke_subaccount"))),
        (.unrevoke(), clocked("unrevoke_subaccount", "timestamp", tooFar("unrevoke_subaccount"))),
    ]
    static let rows = tables.flatMap { $0.call.rows($0.defects) }

    @Test("Each refusal has its status, its text and its place among the others", arguments: rows)
    func refusals(row: WireRow) async throws { try await row.check(at: TestNode()) }

    private static let other = NodeKeys(networkSeed: 7, name: "sn2")
    private static let twoSwarms = ledgerTable([
        ListedNode(TestNode.keys), ListedNode(other, ip: "127.1.0.2", swarm: WireOwner.foreignSwarm),
        ListedNode(peer, ip: "127.1.0.3"),
    ])
    private static let peer = NodeKeys(networkSeed: 7, name: "sn3")

    /// The swarm to ask instead, as a client is told it.
    private static let otherSwarm: [String: WireValue] = [
        "hf": [19, 3], "swarm": "8000000000000000", "t": .number(now),
        "snodes": [
            [
                "address": .text(Base32z.encode(other.legacy.publicKey.bytes) + ".snode"), "ip": "127.1.0.2",
                "port": "22021", "port_https": 22_021, "port_omq": 22_020,
                "pubkey_legacy": .text(other.legacy.publicKey.hex),
                "pubkey_ed25519": .text(other.ed25519.publicKey.hex),
                "pubkey_x25519": .text(other.x25519.publicKey.hex),
            ]
        ],
    ]

    /// A call for an account of another swarm in which everything else is wrong too.
    private static func foreign(_ call: WireCall) -> WireCall {
        let wrong: [String: WireValue] = [
            "timestamp": .number(now - 1_000_000), "expiry": .number(now - 1_000_000),
            "before": .number(now + 1_000_000), "ttl": 1,
        ]
        return call.with(wrong.filter { call.fields[$0.key] != nil }).with([
            "pubkey": .key(WireOwner.foreign), "pubkey_ed25519": .absent,
            "signature": call.fields["signature"] == nil ? .absent : .blob(WireOwner.forged),
        ])
    }

    private static let unsignedRetrieve = WireCall("retrieve", ["pubkey": .key(WireOwner.session)])

    @Test(
        "Another swarm's account is sent there first, whatever else is wrong",
        arguments: WireCall.authenticated + [WireCall.store(), unsignedRetrieve])
    func wrongSwarm(call: WireCall) async throws {
        let expected = WireValue.fields(Self.otherSwarm)
        try await WireRow(
            "421", call.method, Self.foreign(call).fields, 421, expected.json?.text,
            bencoded: expected.bencode.map { String(decoding: $0.encoded, as: UTF8.self) }
        ).check(at: TestNode(table: Self.twoSwarms))
    }

    @Test(
        "A copy for another swarm's account is refused alike",
        arguments: [
            WireCall.signedStore(namespace: 2), .delete(), .deleteAll(), .deleteBefore(), .expireAll(), .expire(),
            .revoke(), .unrevoke(),
        ])
    func wrongSwarmOfCopy(call: WireCall) async throws {
        let answer = try await WireInterface.forward(
            TestNode(table: Self.twoSwarms), Self.foreign(call), from: Self.peer)
        #expect(answer.status == 421)
        #expect(try answer.bencode() == WireValue.fields(Self.otherSwarm).bencode)
    }

    @Test(
        "Several expiries in one call are for a network at 19.4",
        arguments: [(19, 3, 403), (19, 4, 200), (20, 0, 200)])
    func severalExpiries(fork: Int, revision: Int, status: Int) async throws {
        let call = WireCall.expire((1...3).map { Self.now + $0 * WireOwner.day })
        try await WireRow("\(fork).\(revision)", "expire", call.fields, status, nil).check(
            at: TestNode(table: ledgerTable([ListedNode(TestNode.keys)], hardfork: fork, revision: revision)))
    }

    /// Methods with the flags a subaccount needs for them, and what is said without: read 1, write 2, delete 4.
    private static let permissions: [(call: WireCall, needed: UInt8, refusal: String)] = [
        (.signedStore(namespace: 2), 2, "store signature verification failed"),
        (.signedStore(namespace: -21), 6, "store signature verification failed"),
        (.retrieve(), 1, "retrieve signature verification failed"),
        (.delete(), 4, "delete_msgs signature verification failed"),
        (.deleteAll(), 4, "delete_all signature verification failed"),
        (.deleteBefore(), 4, "delete_before signature verification failed"),
        (.expireAll(), 4, "expire_all signature verification failed"),
        (.expire(), 2, "expire: signature verification failed"),
        (.expire(flag: "extend"), 2, "expire: signature verification failed"),
        (.getExpiries(), 1, "get_expiries signature verification failed"),
    ]

    @Test("A subaccount may do what its flags say and no more", arguments: 0..<permissions.count)
    func subaccounts(index: Int) async throws {
        let (call, needed, refusal) = Self.permissions[index]
        let node = try TestNode()
        for flags in 0..<16 as Range<UInt8> {
            for prefix in [5, 3] as [UInt8] {
                let isAllowed = flags & needed == needed && (prefix == 5 || flags & 8 != 0)
                try await WireRow(
                    "flags \(flags), prefix \(prefix)", call.method,
                    call.bySubaccount(flags: flags, prefix: prefix).fields, isAllowed ? 200 : 401,
                    isAllowed ? nil : refusal
                ).check(at: node)
            }
        }
    }

    @Test("No subaccount may revoke or take back, whatever its flags", arguments: [WireCall.revoke(), .unrevoke()])
    func revokingSubaccount(call: WireCall) async throws {
        try await WireRow(
            "all flags", call.method, call.bySubaccount(flags: 15).fields, 401,
            "\(call.method) signature verification failed"
        ).check(at: TestNode())
    }

    @Test(
        "Shortening needs the delete flag too; without it the signature is looked at first",
        arguments: [
            (6, nil, 200, nil), (2, WireOwner.forged, 401, "expire: signature verification failed"),
            (4, nil, 401, "expire: signature verification failed"),
            (
                2, nil, 400,
                "expire: shorten parameter cannot be used with this subaccount token (missing delete access)"
            ),
        ] as [(UInt8, Bytes?, Int, String?)])
    func shortening(flags: UInt8, signature: Bytes?, status: Int, text: String?) async throws {
        var call = WireCall.expire(flag: "shorten").bySubaccount(flags: flags)
        if let signature { call = call.with(["signature": .blob(signature)]) }
        try await WireRow("\(flags)", "expire", call.fields, status, text).check(at: TestNode())
    }

    @Test("A 03 account signs with its own key, and every method takes it", arguments: WireCall.authenticated)
    func group(call: WireCall) async throws {
        let group = call.with(["pubkey": .key(WireOwner.group), "pubkey_ed25519": .absent])
        try await WireRow("03", call.method, group.fields, 200, nil).check(at: TestNode())
    }

    @Test("An 05 account needs its own signing key, and another's is refused", arguments: WireCall.authenticated)
    func session(call: WireCall) async throws {
        let node = try TestNode()
        let strange: WireValue = .key(WireOwner.deputy.publicKey.bytes)
        for key in [WireValue.absent, strange] {
            try await WireRow("key", call.method, call.with(["pubkey_ed25519": key]).fields, 401, nil).check(at: node)
        }
    }
}
