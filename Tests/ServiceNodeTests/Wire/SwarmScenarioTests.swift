import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing
import TimeLimits

@testable import ServiceNode

/// What clients rely on across a swarm: the cases that the reference's network tests walk through (storage-node §13.2), and
/// what it gets wrong (§3.6, §5, §11).
@Suite(.workLimit(minutes: 1)) struct SwarmScenarioTests {
    private static let now = WireOwner.now
    private static let day = WireOwner.day

    /// A call that must succeed, in JSON.
    @discardableResult
    private func call(_ swarm: TestSwarm, _ index: Int, _ call: WireCall) async throws -> JSON {
        let answer = try await swarm.wire(call, at: index, isJSON: true)
        try #require(answer.status == 200, "\(call.method): \(answer.text)")
        return try answer.json()
    }

    private func texts(_ reply: JSON) throws -> [String] {
        try reply.list("messages").map {
            String(decoding: try #require(Base64.decode(try $0.text("data"))), as: UTF8.self)
        }
    }

    @Test("What one member takes every member serves, and pages go on at another member")
    func paging() async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            for number in 0..<4 {
                try await call(swarm, number % 3, .store("\(number)", timestamp: Self.now - Int64(number)))
            }
            for index in 0..<3 { #expect(try await texts(call(swarm, index, .retrieve())) == ["0", "1", "2", "3"]) }
            var last = ""
            for (index, expected) in ["0", "1", "2", "3"].enumerated() {
                let page = try await call(
                    swarm, index % 3, .retrieve().with(["max_count": 1, "last_hash": .text(last)]))
                #expect(try texts(page) == [expected])
                #expect(page["more"] == .bool(index < 3))
                last = try #require(page.list("messages").first).text("hash")
            }
        }
    }

    @Test("A message deleted at one member is gone from all, and a required delete of it is 404 at each")
    func deletion() async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            try await call(swarm, 0, .store("one"))
            let delete = WireCall.delete([WireOwner.hash("one")]).with(["required": true])
            #expect(try await swarm.wire(delete, at: 1, isJSON: true).status == 200)
            for index in 0..<3 {
                #expect(try await texts(call(swarm, index, .retrieve())) == [])
                let again = try await swarm.wire(delete, at: index, isJSON: index > 0)
                #expect(again.status == 404)
            }
        }
    }

    @Test("A required delete succeeds when only another member had the message")
    func deletionElsewhere() async throws {
        let swarm = try TestSwarm(2)
        try await swarm.running {
            swarm.set(.silent, for: swarm.members[0])
            try await call(swarm, 1, .store("one"))
            swarm.set(.alive, for: swarm.members[0])
            let delete = WireCall.delete([WireOwner.hash("one")]).with(["required": true])
            let answer = try await swarm.wire(delete, at: 0, isJSON: true)
            #expect(answer.status == 200)
            let entries = try answer.json().need("swarm")
            #expect(entries[swarm.members[1].name]?["deleted"] == [.string(WireOwner.hash("one"))])
        }
    }

    @Test("Each member caps an expiry by its own clock, and signs what it set")
    func caps() async throws {
        let swarm = try TestSwarm(2, skews: [1: 5000])
        try await swarm.running {
            try await call(swarm, 0, .store("one"))
            let hash = WireOwner.hash("one")
            let reply = try await call(swarm, 0, .expire([Self.now + 99 * Self.day], [hash]))
            for (member, skew) in zip(swarm.members, [0, 5000] as [Int64]) {
                let entry = try reply.need("swarm").need(member.name)
                let expiry = Self.now + skew + 30 * Self.day
                #expect(entry["expiry"] == .integer(expiry))
                let signature = try #require(Base64.decode(entry.text("signature")))
                let text = "\(Hex.encode(WireOwner.session))\(expiry)\(hash)\(hash)"
                #expect(member.keys.ed25519.publicKey.verifies(signature, of: Bytes(text.utf8)))
            }
        }
    }

    @Test("A sequence stores, extends and looks, each step through the whole swarm")
    func sequence() async throws {
        let swarm = try TestSwarm(3)
        let hash = WireOwner.hash("one")
        func request(_ call: WireCall) -> WireValue {
            ["method": .text(call.method), "params": .fields(call.fields)]
        }
        try await swarm.running {
            let steps: [WireCall] = [
                .store("one"), .expire([Self.now + 40 * Self.day], [hash], flag: "extend"), .getExpiries([hash]),
                .expire([Self.now + Self.day], [hash], flag: "shorten"), .getExpiries([hash]),
            ]
            let reply = try await call(swarm, 0, WireCall("sequence", ["requests": .list(steps.map(request))]))
            let results = try reply.list("results").map { try $0.need("body") }
            try #require(results.count == 5)
            #expect(results[2]["expiries"] == [hash: .integer(Self.now + 30 * Self.day)])
            #expect(results[4]["expiries"] == [hash: .integer(Self.now + Self.day)])
            for member in swarm.members {
                #expect(try results[1].need("swarm").need(member.name)["updated"] == [.string(hash)])
                let held = try await call(
                    swarm, try #require(swarm.members.firstIndex { $0.name == member.name }), .retrieve())
                #expect(try held.list("messages").first?["expiration"] == .integer(Self.now + Self.day))
                #expect(try held.list("messages").first?["timestamp"] == .integer(Self.now))
            }
        }
    }

    @Test(
        "Every member pushes a new message once to whoever subscribed there, and nothing for other namespaces or copies"
    )
    func pushes() async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            let text = "MONITOR\(Hex.encode(WireOwner.session))\(Self.now / 1000)12,5"
            let subscription = Bencode.dictionary([
                "P": .bytes(WireOwner.keys.publicKey.bytes), "d": .integer(1),
                "n": .list([.integer(2), .integer(5)]), "t": .integer(Self.now / 1000),
                "s": .bytes(WireOwner.keys.sign(Bytes(text.utf8))),
            ])
            for member in swarm.members {
                let outcome = await swarm.request(member, "monitor.messages", [subscription.encoded])
                #expect(outcome == .reply([Bytes("d7:successi1ee".utf8)]))
            }
            try await call(swarm, 0, .store("elsewhere"))
            try await call(swarm, 0, .signedStore("here", namespace: 2))
            try await call(swarm, 1, .signedStore("here", namespace: 2))
            let expected = Bencode.dictionary([
                "@": .bytes(WireOwner.session), "h": .text(WireOwner.hash("here", 2)), "n": .integer(2),
                "t": .integer(Self.now), "z": .integer(Self.now + Self.day), "~": .text("here"),
            ])
            for member in swarm.members {
                #expect(member.transport.pushes.map(\.command) == ["notify.message"])
                #expect(member.transport.pushes.map(\.parts) == [[expected.encoded]])
            }
        }
    }

    private func isReadable(_ swarm: TestSwarm, _ index: Int, _ retrieve: WireCall) async throws -> Bool {
        let answer = try await swarm.wire(retrieve, at: index, isJSON: false)
        if answer.status != 200 {
            #expect(answer.status == 401)
            #expect(answer.text == "retrieve signature verification failed")
        }
        return answer.status == 200
    }

    @Test("A revocation holds at every member for an account without messages, and survives its last message")
    func revocation() async throws {
        let swarm = try TestSwarm(3)
        let reading = WireCall.retrieve(2).bySubaccount(flags: 1)
        let token = WireOwner.token(flags: 1)
        try await swarm.running {
            try await call(swarm, 0, .revoke([token]))
            for index in 0..<3 {
                #expect(try await !isReadable(swarm, index, reading))
                #expect(try await isReadable(swarm, index, WireCall.retrieve(2).bySubaccount(flags: 3)))
                #expect(try await isReadable(swarm, index, WireCall.retrieve(-11).bySubaccount(flags: 1)))
            }
            try await call(swarm, 0, .store("only"))
            try await call(swarm, 0, .deleteAll())
            for index in 0..<3 { #expect(try await !isReadable(swarm, index, reading)) }
            let reply = try await call(swarm, 1, .unrevoke([token]))
            for (index, member) in swarm.members.enumerated() {
                #expect(try reply.need("swarm").need(member.name)["count"] == 1)
                #expect(try await isReadable(swarm, index, reading))
            }
        }
    }

    @Test("The newest fifty revocations count, and taking all back counts fifty at every member")
    func evictedRevocations() async throws {
        let swarm = try TestSwarm(2)
        let others = (0..<50).map { [5, 1, 0, UInt8($0)] + WireOwner.deputy.publicKey.bytes }
        let reading = WireCall.retrieve().bySubaccount(flags: 1)
        try await swarm.running {
            try await call(swarm, 0, .revoke([WireOwner.token(flags: 1, prefix: 5)]))
            #expect(try await !isReadable(swarm, 1, reading))
            // One of them is the token itself, whose reserved bytes are zero.
            for member in swarm.members { member.clock.advance(by: .milliseconds(1)) }
            try await call(swarm, 0, .revoke(Array(others[1...]) + [[5, 1, 1, 1] + WireOwner.deputy.publicKey.bytes]))
            for index in 0..<2 { #expect(try await isReadable(swarm, index, reading)) }
            let reply = try await call(
                swarm, 1, .unrevoke(others + [[5, 1, 1, 1] + WireOwner.deputy.publicKey.bytes]))
            for member in swarm.members { #expect(try reply.need("swarm").need(member.name)["count"] == 50) }
        }
    }

    @Test("An outbox replaces even an account's only message, everywhere; the same again extends it alone")
    func outbox() async throws {
        let swarm = try TestSwarm(2)
        try await swarm.running {
            for text in ["old", "new"] {
                let reply = try await call(swarm, 0, .signedStore(text, namespace: -1))
                for member in swarm.members { #expect(try reply.need("swarm").need(member.name)["failed"] == nil) }
            }
            try await call(
                swarm, 1, .signedStore("new", namespace: -1, timestamp: Self.now - 5, ttl: 2 * Self.day))
            let open = WireCall("retrieve", ["pubkey": .key(WireOwner.session), "namespace": -1])
            for index in 0..<2 {
                let messages = try await call(swarm, index, open).list("messages")
                #expect(
                    messages == [
                        [
                            "data": "bmV3", "hash": .string(WireOwner.hash("new", -1)),
                            "timestamp": .integer(Self.now), "expiration": .integer(Self.now - 5 + 2 * Self.day),
                        ]
                    ])
            }
        }
    }

    @Test("Two stores in one batch reach every member, in either encoding")
    func batch() async throws {
        for isJSON in [true, false] {
            let swarm = try TestSwarm(3)
            try await swarm.running {
                let stores: [WireValue] = ["one", "two"].map {
                    ["method": "store", "params": .fields(WireCall.store($0).fields)]
                }
                let answer = try await swarm.wire(WireCall("batch", ["requests": .list(stores)]), at: 0, isJSON: isJSON)
                #expect(answer.status == 200)
                for index in 0..<3 {
                    #expect(try await texts(call(swarm, index, .retrieve())).sorted() == ["one", "two"])
                }
            }
        }
    }
}
