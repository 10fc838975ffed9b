import SessionCrypto
import SessionProtocol
import Testing

@Suite("Whole onions")
struct FullOnionTests {
    private struct Path {
        let nodes: [X25519KeyPair]
        let signingKeys: [String]
        let names: [String]

        init(_ file: JSON) throws {
            let path = try #require(try file.list("full_onions").first).list("path")
            nodes = try path.map { try X25519KeyPair(secretKey: $0.bytes("x25519_seckey")) }
            signingKeys = try path.map { try $0.text("ed25519_pubkey") }
            names = try path.map { try $0.text("name") }
        }
    }

    @Test("Each hop of the three-cipher onion opens its layer, learns the next hop and hands on the vector's message")
    func mixedOnion() throws {
        let file = try vectors("onion")
        let path = try Path(file)
        let onion = try #require(try file.list("full_onions").first)
        let layers = Array(try onion.list("layers_inner_to_outer").reversed())
        let internalHops = try onion.list("sn_onion_request")
        var hop = try OnionHop(parsingEntry: onion.bytes("https_post_body_hex"))
        for (index, vector) in layers.enumerated() {
            #expect(try vector.text("node") == path.names[index])
            #expect(hop.number == index)
            #expect(try hop.data == vector.bytes("ciphertext_hex"))
            #expect(try hop.cipher.rawValue == vector.text("enc_type"))
            #expect(try hop.ephemeralKey.hex == onion.list("ephemeral")[index].text("pubkey"))
            let key = try OnionKey(node: path.nodes[index], client: hop.ephemeralKey, cipher: hop.cipher)
            let plaintext = try key.open(hop.data)
            #expect(try plaintext == vector.bytes("plaintext_hex"))
            #expect(try OnionFrame(parsing: plaintext).encoded == plaintext)
            switch try OnionLayer(parsing: plaintext) {
            case .node(let destination, let ephemeralKey, let cipher, let data):
                #expect(destination.hex == path.signingKeys[index + 1])
                hop = OnionHop(data: data, cipher: cipher, ephemeralKey: ephemeralKey, number: index + 1)
                #expect(try hop.encoded == internalHops[index].bytes("part0_hex"))
                hop = try OnionHop(parsingInternal: hop.encoded)
            case .final(let request, let replyAsObject, let replyInBase64):
                #expect(index == layers.count - 1)
                #expect(try request == Bytes(onion.text("final_body").utf8))
                #expect(replyAsObject && !replyInBase64)
                let reply = Bytes(try onion.text("response_plaintext").utf8)
                #expect(
                    try key.seal(reply, nonce: onion.bytes("response_nonce")) == onion.bytes("response_wire_hex"))
            case .server: Issue.record("no server in this onion")
            }
        }
    }

    @Test("The client's layers, sealed from the inside out with the vector's chance, give the posted body")
    func sealing() throws {
        let file = try vectors("onion")
        let path = try Path(file)
        let onion = try #require(try file.list("full_onions").first)
        let ephemeral = try onion.list("ephemeral").map { try X25519KeyPair(secretKey: $0.bytes("seckey")) }
        var frame = OnionFrame(
            blob: Bytes(try onion.text("final_body").utf8), control: Bytes(try onion.text("final_control").utf8))
        for (vector, index) in zip(try onion.list("layers_inner_to_outer"), [2, 1, 0]) {
            let cipher = try #require(OnionCipher(name: vector.text("enc_type")))
            let key = try OnionKey(client: ephemeral[index], node: path.nodes[index].publicKey, cipher: cipher)
            var control: [String: JSON] = [
                "enc_type": .string(cipher.rawValue), "ephemeral_key": .string(ephemeral[index].publicKey.hex),
            ]
            if index > 0 { control["destination"] = .string(path.signingKeys[index]) }
            let blob = try key.seal(frame.encoded, nonce: vector.bytes("nonce"))
            frame = OnionFrame(blob: blob, control: .object(control))
        }
        #expect(try frame.encoded == onion.bytes("https_post_body_hex"))
    }

    @Test("The server onion arrives at its exit, which posts the whole layer to the vector's address")
    func serverOnion() throws {
        let file = try vectors("onion")
        let path = try Path(file)
        let onion = try file.list("full_onions")[1]
        let internalHops = try onion.list("sn_onion_request")
        var hop = try OnionHop(parsingEntry: onion.bytes("https_post_body_hex"))
        for index in path.nodes.indices {
            let key = try OnionKey(node: path.nodes[index], client: hop.ephemeralKey, cipher: hop.cipher)
            let plaintext = try key.open(hop.data)
            switch try OnionLayer(parsing: plaintext) {
            case .node(_, let ephemeralKey, let cipher, let data):
                hop = OnionHop(data: data, cipher: cipher, ephemeralKey: ephemeralKey, number: index + 1)
                #expect(try hop.encoded == internalHops[index].bytes("part0_hex"))
            case .server(let host, let port, let scheme, let target):
                #expect(index == 2)
                #expect(try "\(scheme)://\(host):\(port)\(target)" == onion.text("exit_http_post_url"))
                #expect(try plaintext == onion.bytes("exit_http_post_body_hex"))
            case .final: Issue.record("the exit took a server relay for its own")
            }
        }
    }

    @Test("A forwarded store reads and writes as the vector's bencode")
    func forwardedStore() throws {
        let vector = try #require(try vectors("storage")["sn_storage_cc"])
        let bytes = try vector.bytes("part1_hex")
        let value = try Bencode(parsing: bytes)
        #expect(value.encoded == bytes)
        #expect(value["data"]?.asText == "hello")
        #expect(value["expiry"]?.asInteger == 1_700_086_400_000)
        #expect(value["timestamp"]?.asInteger == 1_700_000_000_000)
        let account = try #require(try vectors("storage")["account"])
        #expect(try value["pubkey"]?.asBytes.map(Hex.encode) == account.text("session_id"))
    }
}
