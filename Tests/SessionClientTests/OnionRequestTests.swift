import SessionCrypto
import SessionProtocol
import Testing

@testable import SessionClient

@Suite("Onion requests")
struct OnionRequestTests {
    @Test("With the vector's chance, the builder gives the vector's three-cipher onion byte for byte")
    func vectorOnion() throws {
        let onion = try #require(try vectors("onion")["full_onions"]?.asArray?.first)
        let text = { (value: JSON, key: String) throws -> String in try #require(value[key]?.asString) }
        let path = try #require(onion["path"]?.asArray)
        let ephemeral = try #require(onion["ephemeral"]?.asArray)
        let sealed = try #require(onion["layers_inner_to_outer"]?.asArray)
        let layers = try path.indices.map { index in
            OnionRequest.Layer(
                node: OnionNode(
                    ed25519: try #require(Ed25519PublicKey(hex: text(path[index], "ed25519_pubkey"))),
                    x25519: try #require(X25519PublicKey(hex: text(path[index], "x25519_pubkey")))),
                cipher: try #require(OnionCipher(name: text(sealed[path.count - 1 - index], "enc_type"))))
        }
        var draws: [Bytes] = []
        for (position, layer) in sealed.enumerated() {
            draws.append(try #require(Hex.decode(text(ephemeral[path.count - 1 - position], "seckey"))))
            draws.append(try #require(Hex.decode(text(layer, "nonce"))))
        }
        let request = try OnionRequest(
            Bytes(text(onion, "final_body").utf8), control: JSON(parsing: text(onion, "final_control")), layers: layers,
            randomness: ScriptedRandomness(draws))
        #expect(try Hex.encode(request.body) == text(onion, "https_post_body_hex"))
    }

    @Test(
        "A reply envelope reads with either name of the status, and with the body as text or as object",
        arguments: [
            (#"{"body":"ok","status":200}"#, 200, "ok"), (#"{"body":"no","status_code":421}"#, 421, "no"),
            (#"{"body":{"b":1},"status":200}"#, 200, #"{"b":1}"#),
        ])
    func envelopes(text: String, status: Int, body: String) throws {
        #expect(try OnionReply(parsing: Bytes(text.utf8)) == OnionReply(status: status, body: Bytes(body.utf8)))
    }

    @Test(
        "Anything else is no envelope", arguments: ["", "[]", "{}", #"{"status":200}"#, #"{"body":"","status":"200"}"#])
    func noEnvelopes(text: String) {
        #expect(throws: OnionReply.Malformed.noEnvelope) { try OnionReply(parsing: Bytes(text.utf8)) }
    }

    @Test("Text that is not base64, and a reply under another key, are told apart")
    func unreadableReplies() throws {
        let node = FakeNetwork(count: 1).nodes[0].keys
        let keys = OnionNode(ed25519: node.ed25519.publicKey, x25519: node.x25519.publicKey)
        let request = try OnionRequest([1], through: [keys], cipher: .aesGCM, randomness: ScriptedRandomness([]))
        #expect(throws: OnionReply.Malformed.notBase64) { try request.open(Bytes("<html>".utf8)) }
        #expect(throws: OnionReply.Malformed.undecryptable) {
            try request.open(Base64.encodeUTF8(Bytes(repeating: 1, count: 64)))
        }
    }
}
