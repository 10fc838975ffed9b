import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// Onions over three nodes of which one fails: what the client gets from its guard (storage-node §7.3).
struct OnionFailingHopTests {
    private static let keys = (1...3).map { NodeKeys(networkSeed: 7, name: "sn\($0)") }
    private static let stranger = NodeKeys(networkSeed: 7, name: "nobody")

    /// How one of the nodes behind the guard fails.
    enum Failure: Sendable {
        /// Its link does, in this way.
        case link(OMQOutcome)
        /// It has seen a table in which it is in no swarm.
        case notReady
        /// The layer made for it is somebody else's.
        case foreignLayer
        /// The layer made for it holds this text in place of a control.
        case control(String)
        /// The layer made for it names a next node that nobody knows.
        case unknownNext
    }

    /// Sends a client's `info` over three nodes.
    /// - Parameters:
    ///   - place: whose failure it is: 1 is the middle of the path, 2 its end.
    ///   - hop: the number the client gives its guard.
    private func send(
        _ failure: Failure? = nil, at place: Int = 0, hop: Int? = nil, last: JSON = ["headers": []],
        server: @escaping TestTransport.Server = { _ in .failure(.closed) }
    ) async throws -> (reply: HTTPReply, onions: [TestOnion]) {
        let listed = Self.keys.enumerated().map { ListedNode($1, ip: "127.1.0.\($0 + 1)") }
        let links = TestPath()
        let nodes = try Self.keys.enumerated().map { index, keys in
            let transport = TestTransport(
                server: server,
                answer: { request in
                    if case .link(let outcome) = failure, index + 1 == place { return outcome }
                    return await links.answer(request, from: keys.x25519.publicKey)
                })
            var table = listed
            if case .notReady = failure, index == place { table[index].swarm = ListedNode.decommissioned }
            let node = try TestNode(keys: keys, table: ledgerTable(table), transport: transport)
            links.add(node)
            return node
        }
        let onions = try Self.keys.enumerated().map { index, keys in
            let cipher = OnionCipher.allCases[index]
            if case .foreignLayer = failure, index == place {
                return try TestOnion(to: Self.stranger.x25519.publicKey, cipher)
            }
            return try TestOnion(to: keys.x25519.publicKey, cipher)
        }
        var layer = Bytes()
        for index in (0..<3).reversed() {
            var control = Bytes()
            if case .control(let text) = failure, index == place {
                control = Bytes(text.utf8)
            } else if index == 2, failure?.isUnknownNext != true || place != 2 {
                control = last.utf8
            } else {
                let isUnknown = failure?.isUnknownNext == true && index == place
                let next = isUnknown ? Self.stranger : Self.keys[index + 1]
                let cipher = onions[min(index + 1, 2)]
                control =
                    JSON.object([
                        "destination": .string(next.ed25519.publicKey.hex),
                        "ephemeral_key": .string(cipher.ephemeralKey),
                        "enc_type": .string(cipher.cipher.rawValue),
                    ]).utf8
            }
            let blob = index == 2 ? TestOnion.call("info") : layer
            layer = onions[index].sealed(OnionFrame(blob: blob, control: control).encoded)
        }
        return (await nodes[0].post("/onion_req/v2", onions[0].entry(layer, hop: hop)), onions)
    }

    private func text(_ reply: HTTPReply) -> String { String(decoding: reply.body, as: UTF8.self) }

    @Test("With nobody failing the answer is sealed by the last node, for the client alone")
    func success() async throws {
        let (reply, onions) = try await send()
        #expect(reply.status == 200)
        #expect(try onions[2].opened(reply.body).hasSuffix(#"\"version\":[2,8,0]}","status":200}"#))
    }

    @Test(
        "A hop's failure reaches the client as the hop before it saw it, whichever hop it is",
        arguments: [1, 2],
        [
            (.link(.timedOut), 504, "Request time out"), (.link(.unreachable("gone")), 504, "Request time out"),
            (.link(.refused("FORBIDDEN_SN")), 504, "Request time out"),
            (.link(.reply([])), 500, "Invalid response from snode"),
            (.link(.reply([Bytes("200".utf8)])), 500, "Invalid response from snode"),
            (.link(.reply([Bytes("teapot".utf8), Bytes("x".utf8)])), 500, "x"),
            (.link(.reply([Bytes("418".utf8), Bytes("x".utf8)])), 500, "x"),
            (.link(.reply([Bytes("421".utf8), Bytes("x".utf8), Bytes("y".utf8)])), 421, "x"),
            (.foreignLayer, 400, "Invalid ciphertext"), (.unknownNext, 502, "Next node not found: \(Self.unknown)"),
        ] as [(Failure, Int, String)])
    func plain(place: Int, row: (failure: Failure, status: Int, text: String)) async throws {
        let (reply, _) = try await send(row.failure, at: place)
        #expect(reply.status == row.status)
        #expect(text(reply) == row.text)
        #expect(reply.headers["Content-Type"] == "text/plain")
    }

    private static let unknown = stranger.ed25519.publicKey.hex

    @Test("A hop that is in no swarm says so by its own key", arguments: [1, 2])
    func notReady(place: Int) async throws {
        let (reply, _) = try await send(.notReady, at: place)
        #expect(reply.status == 503)
        #expect(text(reply) == "Snode not ready: \(Self.keys[place].ed25519.publicKey.hex)")
    }

    @Test(
        "A layer that cannot be understood is answered for the client alone, sealed by the hop that opened it",
        arguments: [0, 1, 2], ["{", "[]", "{}", #"{"headers":[],"json":1}"#, #"{"host":"h"}"#])
    func malformed(place: Int, control: String) async throws {
        let (reply, onions) = try await send(.control(control), at: place)
        #expect(reply.status == 200)
        #expect(try onions[place].opened(reply.body) == #"{"body":"Invalid json","status":400}"#)
    }

    @Test("The path ends at hop fifteen, whatever number the client gives its guard")
    func hopLimit() async throws {
        let (served, onions) = try await send(hop: 13)
        #expect(try onions[2].opened(served.body).hasSuffix(#""status":200}"#))
        for hop in [14, 15, 16] {
            let (reply, _) = try await send(hop: hop)
            #expect(reply.status == 400)
            #expect(text(reply) == "onion request max path length exceeded")
        }
    }

    @Test(
        "A server relay at the end fails in the clear, or is refused to the client alone",
        arguments: [
            (.timedOut(address: "a.b", after: .seconds(25)), 504, "a.b did not answer within 25.0 seconds"),
            (.unreachable(address: "a.b", reason: "refused"), 502, "cannot reach a.b: refused"),
        ] as [(TransportError, Int, String)])
    func servers(error: TransportError, status: Int, expected: String) async throws {
        let target: JSON = ["host": "a.b", "target": "/oxen/v4/lsrpc"]
        let (reply, _) = try await send(last: target, server: { _ in .failure(error) })
        #expect(reply.status == status)
        #expect(text(reply) == expected)
        let (refused, onions) = try await send(last: ["host": "a.b", "target": "/session/lsrpc"])
        #expect(refused.status == 200)
        #expect(try onions[2].opened(refused.body) == #"{"body":"Invalid url","status":400}"#)
    }

    @Test("Of a server's answer only status and body come over the message queue; an unknown status is 500")
    func serverAnswers() async throws {
        for (status, expected) in [(200, 200), (404, 404), (418, 500), (301, 500)] {
            let served = HTTPReply(status: status, headers: ["X-Other": "1"], body: Bytes("tea".utf8))
            let (reply, _) = try await send(
                last: ["host": "a.b", "target": "/oxen/v4/lsrpc"], server: { _ in .success(served) })
            #expect(reply.status == expected)
            #expect(text(reply) == "tea")
            #expect(reply.headers["X-Other"] == nil)
        }
    }
}

extension OnionFailingHopTests.Failure {
    var isUnknownNext: Bool { if case .unknownNext = self { true } else { false } }
}
