import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// What a node answered to one call, whatever it came through.
struct WireAnswer: Sendable {
    let status: Int
    let body: Bytes

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a JSON object.
    func json() throws -> JSON {
        let value = try JSON(parsing: body)
        try #require(value.asObject != nil, "no object: \(text)")
        return value
    }

    func bencode() throws -> Bencode { try Bencode(parsing: body) }
}

/// The ways by which a client's call reaches a node (storage-node §2, §3).
enum WireInterface: String, Sendable, CaseIterable {
    case https
    case queueJSON
    case queueBencode
    case onion

    static let json: [WireInterface] = [.https, .queueJSON, .onion]

    var isJSON: Bool { self != .queueBencode }

    /// Sends a call and reads the answer in this interface's own framing.
    func call(_ node: TestNode, _ method: String, _ fields: [String: WireValue]) async throws -> WireAnswer {
        let parameters = JSON.object(fields.compactMapValues(\.json))
        let envelope: JSON = ["method": .string(method), "params": parameters]
        switch self {
        case .https: return try await Self.https(node, envelope.utf8)
        case .queueJSON: return try await Self.queue(node, method, parameters.utf8)
        case .queueBencode:
            return try await Self.queue(node, method, Bencode.dictionary(fields.compactMapValues(\.bencode)).encoded)
        case .onion: return try await Self.onion(node, envelope.utf8)
        }
    }

    private static func https(_ node: TestNode, _ envelope: Bytes) async throws -> WireAnswer {
        let reply = await node.post("/storage_rpc/v1", envelope)
        let isDictionary = reply.body.first == UInt8(ascii: "{")
        #expect(
            reply.headers == [
                "Server": "Oxen Storage Server/2.8.0",
                "Content-Type": isDictionary ? "application/json" : "text/plain",
            ])
        return WireAnswer(status: reply.status, body: reply.body)
    }

    /// One frame is a success; a failure is two, status and body.
    private static func queue(_ node: TestNode, _ method: String, _ body: Bytes) async throws -> WireAnswer {
        try answer(#require(await node.frames("storage.\(method)", [body]), "\(method) got no reply"))
    }

    /// Sends a swarm peer's copy of a call (storage-node §8.1).
    static func forward(_ node: TestNode, _ call: WireCall, from peer: NodeKeys) async throws -> WireAnswer {
        let body = Bencode.dictionary(call.fields.compactMapValues(\.bencode)).encoded
        return try answer(
            #require(
                await node.frames(
                    "sn.storage_cc", [Bytes(call.method.utf8), body], from: peer.x25519.publicKey),
                "the copy got no reply"))
    }

    /// Reads the frames of a queue's reply.
    static func answer(_ frames: [Bytes]) throws -> WireAnswer {
        if frames.count == 1 { return WireAnswer(status: 200, body: frames[0]) }
        try #require(frames.count == 2, "a reply has one part or two, not \(frames.count)")
        let status = try #require(Int(String(decoding: frames[0], as: UTF8.self)))
        #expect(status != 200, "a success has no status frame")
        return WireAnswer(status: status, body: frames[1])
    }

    private static func onion(_ node: TestNode, _ envelope: Bytes) async throws -> WireAnswer {
        let onion = try TestOnion(to: node.state.keys.x25519.publicKey)
        let reply = await node.post("/onion_req/v2", onion.entry(onion.layer(["headers": []], blob: envelope)))
        #expect(reply.status == 200, "an answered onion is 200 outside")
        let opened = try JSON(parsing: Bytes(onion.opened(reply.body).utf8))
        #expect(opened.asObject?.keys.sorted() == ["body", "status"])
        let status = try #require(opened["status"]?.asInteger)
        return WireAnswer(status: Int(status), body: Bytes(try opened.text("body").utf8))
    }
}
