import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// What a node does with one layer, and every way that can end (storage-node §7.1, §7.3, §7.4).
struct OnionRouterTests {
    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")
    private static let retired = NodeKeys(networkSeed: 7, name: "sn3")
    private static let table = ledgerTable([
        ListedNode(TestNode.keys), ListedNode(peer, ip: "127.1.0.2"),
        ListedNode(retired, ip: "127.1.0.3", swarm: ListedNode.decommissioned),
    ])
    private static let info = #"{\"hf\":[19,3],\"t\":1700000000000,\"timestamp\":1700000000000,\"version\":[2,8,0]}"#

    private func node(_ answer: @escaping TestTransport.Answer = { _ in .timedOut }) throws -> TestNode {
        try TestNode(table: Self.table, transport: TestTransport(answer: answer))
    }

    private func onion(_ cipher: OnionCipher = .xchacha20) throws -> TestOnion {
        try TestOnion(to: TestNode.keys.x25519.publicKey, cipher)
    }

    private func text(_ reply: HTTPReply) -> String { String(decoding: reply.body, as: UTF8.self) }

    /// The control of a layer for another node.
    private func next(_ keys: NodeKeys = Self.peer, cipher: String? = "aes-gcm") throws -> JSON {
        var control: [String: JSON] = [
            "destination": .string(keys.ed25519.publicKey.hex), "ephemeral_key": .string(try onion().ephemeralKey),
        ]
        if let cipher { control["enc_type"] = .string(cipher) }
        return .object(control)
    }

    @Test("A final layer is answered in every cipher, with the text of the result", arguments: OnionCipher.allCases)
    func final(cipher: OnionCipher) async throws {
        let onion = try onion(cipher)
        let reply = await (try node()).post(
            "/onion_req/v2", onion.entry(onion.layer(["headers": .null], blob: TestOnion.call("info"))))
        #expect(reply.status == 200)
        #expect(try onion.opened(reply.body) == #"{"body":"\#(Self.info)","status":200}"#)
    }

    @Test(
        "`json` gives the result as an object, `base64` false gives raw bytes; text stays text",
        arguments: [
            (true, true, "info"), (true, false, "info"), (false, false, "info"), (false, true, "no_such"),
            (true, false, "no_such"),
        ])
    func options(asObject: Bool, inBase64: Bool, method: String) async throws {
        let onion = try onion()
        let control: JSON = ["headers": [:], "json": .bool(asObject), "base64": .bool(inBase64)]
        let reply = await (try node()).post(
            "/onion_req/v2", onion.entry(onion.layer(control, blob: TestOnion.call(method))))
        let opened = try onion.opened(reply.body, isBase64: inBase64)
        if method == "no_such" {
            #expect(opened == #"{"body":"no method no_such","status":400}"#)
        } else if asObject {
            #expect(
                opened == #"{"body":\#(Self.info.replacing("\\", with: "")),"status":200}"#)
        } else {
            #expect(opened == #"{"body":"\#(Self.info)","status":200}"#)
        }
    }

    @Test("path_build proves the end of a path, and a refusal keeps its status inside the envelope")
    func pathBuild() async throws {
        let onion = try onion()
        let node = try node()
        func answer(_ request: Bytes) async throws -> String {
            let reply = await node.post(
                "/onion_req/v2", onion.entry(onion.layer(["headers": [], "json": true], blob: request)))
            #expect(reply.status == 200)
            return try onion.opened(reply.body)
        }
        #expect(
            try await answer(TestOnion.call("path_build"))
                == #"{"body":{"hf":[19,3],"status":"path built","t":1700000000000},"status":200}"#)
        #expect(try await answer(Bytes("no".utf8)) == #"{"body":"invalid json","status":400}"#)
        let retrieve = Bytes(#"{"method":"retrieve","params":{"pubkey":"\#(try TestAccount().session.hex)"}}"#.utf8)
        #expect(try await answer(retrieve) == #"{"body":"retrieve: request signature required","status":401}"#)
    }

    @Test(
        "A layer that cannot be understood is answered for the client: Invalid json, outer status 200",
        arguments: [
            [], ["destination": "ab", "ephemeral_key": "cd"], ["headers": [], "json": 1],
            ["headers": [], "base64": "x"],
            ["host": 1, "target": "/oxen/lsrpc"], ["host": "h"],
            ["host": "h", "target": "/oxen/lsrpc", "port": 65_536],
            ["host": "h", "target": "/oxen/lsrpc", "protocol": 1], ["host": "h", "target": 1],
            ["host": .null, "target": "/oxen/lsrpc"], ["host": "h", "target": "/oxen/lsrpc", "port": "443"],
            ["host": "h", "target": "/oxen/lsrpc", "port": -1], ["host": "h", "target": "/oxen/lsrpc", "port": .null],
            ["host": "h", "target": "/oxen/lsrpc", "port": .number(1.5)],
            ["host": "h", "target": "/oxen/lsrpc", "protocol": .null],
        ] as [JSON])
    func invalidJSON(control: JSON) async throws {
        let onion = try onion()
        let reply = await (try node()).post("/onion_req/v2", onion.entry(onion.layer(control)))
        #expect(reply.status == 200)
        #expect(try onion.opened(reply.body) == #"{"body":"Invalid json","status":400}"#)
    }

    @Test("So are a layer too short for its length, one without JSON, and one that names an unknown cipher")
    func malformedLayers() async throws {
        let onion = try onion()
        for layer in [
            [], [9, 0, 0, 0, 1], [0, 0, 0, 0] + Bytes("{".utf8),
            OnionFrame(blob: [], control: try next(cipher: "rot13")).encoded,
        ] {
            let reply = await (try node()).post("/onion_req/v2", onion.entry(onion.sealed(layer)))
            #expect(try onion.opened(reply.body) == #"{"body":"Invalid json","status":400}"#)
        }
    }

    @Test("A layer for somebody else's key is refused in the clear")
    func invalidCiphertext() async throws {
        let other = try TestOnion(to: Self.peer.x25519.publicKey)
        let entry = other.entry(other.layer(["headers": []]))
        let reply = await (try node()).post("/onion_req/v2", entry)
        #expect(reply.status == 400)
        #expect(text(reply) == "Invalid ciphertext")
        #expect(reply.headers["Content-Type"] == "text/plain")
        let zeroKey = OnionFrame(
            blob: [1, 2, 3], control: ["ephemeral_key": .string(String(repeating: "0", count: 64))])
        #expect(text(await (try node()).post("/onion_req/v2", zeroKey.encoded)) == "Invalid ciphertext")
    }

    @Test(
        "An entry request that is no frame, or whose control is wrong, is refused with the reason",
        arguments: [
            "{}", #"{"ephemeral_key":1}"#, #"{"ephemeral_key":"zz"}"#, "[]", "",
            #"{"ephemeral_key":"KEY","enc_type":"rot13"}"#, #"{"ephemeral_key":"KEY"} trailing"#,
        ])
    func entryErrors(control: String) async throws {
        let full = control.replacing("KEY", with: try onion().ephemeralKey)
        let reply = await (try node()).post(
            "/onion_req/v2", OnionFrame(blob: [], control: Bytes(full.utf8)).encoded)
        #expect(reply.status == 400)
        #expect(text(reply).hasPrefix("Error parsing onion request: "))
        #expect(text(await (try node()).post("/onion_req/v2", [1, 2])).hasPrefix("Error parsing onion request: "))
        if control.contains("rot13") {
            #expect(text(reply) == "Error parsing onion request: Invalid encryption type rot13")
        }
    }

    @Test("An internal request needs one part, a dict and its fields")
    func internalErrors() async throws {
        let node = try node()
        let caller = Self.peer.x25519.publicKey
        #expect(
            try await node.texts("sn.onion_request", [[], []], from: caller)
                == ["400", "Invalid internal onion request: expected 1 message parts, received 2"])
        let missingKey = Bencode.dictionary(["data": .bytes([])]).encoded
        for part in [Bytes("x".utf8), Bytes("le".utf8), Bytes("de".utf8), missingKey] {
            let reply = try await node.texts("sn.onion_request", [part], from: caller)
            #expect(reply.count == 2)
            #expect(reply[0] == "400")
            #expect(reply[1].hasPrefix("Invalid internal onion request: "))
        }
    }

    @Test("A layer for the next node goes on unchanged with the hop counted, and the answer comes back untouched")
    func relay() async throws {
        let answer = Bytes([0, 255, 1])
        let node = try node { _ in .reply([Bytes("406".utf8), answer]) }
        let onion = try onion()
        let reply = await node.post(
            "/onion_req/v2", onion.entry(onion.layer(try next(cipher: nil), blob: [1, 2, 3]), hop: -4))
        #expect(reply.status == 406)
        #expect(reply.body == answer)
        let request = try #require(node.transport.requests.first)
        #expect(request.command == "sn.onion_request")
        #expect(request.timeout == .seconds(30))
        #expect(
            request.peer
                == OMQPeer(
                    address: IPv4Address(127, 1, 0, 2), port: 22_020, publicKey: Self.peer.x25519.publicKey))
        let key = try #require(X25519PublicKey(hex: onion.ephemeralKey))
        #expect(
            try Bencode(parsing: request.parts[0])
                == .dictionary([
                    "data": .bytes([1, 2, 3]), "enc_type": .text("aes-gcm"), "ephemeral_key": .bytes(key.bytes),
                    "hop_no": .integer(1),
                ]))
    }

    @Test(
        "Every way a relay fails is told in the clear",
        arguments: [
            (.timedOut, 504, "Request time out"), (.refused("FORBIDDEN_SN"), 504, "Request time out"),
            (.unreachable("gone"), 504, "Request time out"), (.reply([]), 500, "Invalid response from snode"),
            (.reply([Bytes("200".utf8)]), 500, "Invalid response from snode"),
            (.reply([Bytes("299".utf8), Bytes("x".utf8)]), 500, "x"),
            (.reply([Bytes("no".utf8), Bytes("x".utf8)]), 500, "x"),
            (.reply([Bytes("503".utf8), Bytes("x".utf8)]), 503, "x"),
            (.reply([Bytes("200".utf8), Bytes("x".utf8)]), 200, "x"),
        ] as [(OMQOutcome, Int, String)])
    func relayFailures(outcome: OMQOutcome, status: Int, expected: String) async throws {
        let onion = try onion()
        let reply = await (try node { _ in outcome }).post("/onion_req/v2", onion.entry(onion.layer(try next())))
        #expect(reply.status == status)
        #expect(text(reply) == expected)
    }

    @Test("The next node is found by its Ed25519 key among all funded nodes, or named as not found")
    func nextNode() async throws {
        let onion = try onion()
        let stranger = NodeKeys(networkSeed: 7, name: "nobody")
        let unknown = await (try node()).post("/onion_req/v2", onion.entry(onion.layer(try next(stranger))))
        #expect(unknown.status == 502)
        #expect(text(unknown) == "Next node not found: \(stranger.ed25519.publicKey.hex)")
        let node = try node()
        _ = await node.post("/onion_req/v2", onion.entry(onion.layer(try next(Self.retired))))
        #expect(node.transport.requests.map(\.peer.publicKey) == [Self.retired.x25519.publicKey])
    }

    @Test(
        "Between nodes the fifteenth hop is served and the sixteenth is not; a guard that is the destination takes any number",
        arguments: [(0, true), (14, true), (15, true), (16, false), (99_999, false)])
    func hopLimit(number: Int, isServed: Bool) async throws {
        let onion = try onion()
        let layer = onion.layer(["headers": []], blob: TestOnion.call("info"))
        let atGuard = await (try node()).post("/onion_req/v2", onion.entry(layer, hop: number))
        let between = try await node().texts(
            "sn.onion_request", [onion.hop(layer, number: number)], from: Self.peer.x25519.publicKey)
        #expect(try onion.opened(atGuard.body) == #"{"body":"\#(Self.info)","status":200}"#)
        if isServed {
            #expect(between.count == 2)
            #expect(between[0] == "200")
        } else {
            #expect(between == ["400", "onion request max path length exceeded"])
        }
    }

    @Test("An onion may enter at any hop; the next node is told one more, which it takes up to 15")
    func hopCounting() async throws {
        for (number, next) in [(14, 15), (15, 16), (16, 17), (99_999, 17)] {
            let node = try node()
            let onion = try onion()
            _ = await node.post("/onion_req/v2", onion.entry(onion.layer(try self.next()), hop: number))
            let sent = try Bencode(parsing: try #require(node.transport.requests.first?.parts.first))
            #expect(sent["hop_no"] == .integer(Int64(next)))
        }
    }

    @Test("A node that stops being ready while it opens the last layer says so to the client alone, as a result")
    func notReadyAnyMore() async throws {
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys)], hardfork: 19, revision: 2))
        let onion = try onion()
        let client = try #require(X25519PublicKey(hex: onion.ephemeralKey))
        let reply = OnionReply(
            key: try OnionKey(node: TestNode.keys.x25519, client: client, cipher: onion.cipher),
            cipher: onion.cipher, randomness: EvenRandomness())
        for inBase64 in [true, false] {
            let answer = await node.http.onions.act(
                on: .final(request: TestOnion.call("info"), replyAsObject: true, replyInBase64: inBase64),
                plaintext: [], hop: 1, reply)
            #expect(answer.status == 200)
            #expect(
                try onion.opened(answer.body, isBase64: inBase64) == #"{"body":"Snode not ready","status":503}"#)
        }
    }

    @Test("A node that is not ready says so to the previous hop, in the clear and by its Ed25519 key")
    func notReady() async throws {
        let node = try TestNode(
            table: ledgerTable([ListedNode(TestNode.keys), ListedNode(Self.peer)], hardfork: 19, revision: 2))
        let onion = try onion()
        #expect(
            try await node.texts(
                "sn.onion_request", [onion.hop(onion.layer(["headers": []]), number: 1)],
                from: Self.peer.x25519.publicKey)
                == ["503", "Snode not ready: \(TestNode.keys.ed25519.publicKey.hex)"])
    }
}
