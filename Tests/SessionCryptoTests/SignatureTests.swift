import SessionCrypto
import SessionProtocol
import Testing

@Suite("Signatures and hashes")
struct SignatureTests {
    @Test("Account signatures match the vectors byte for byte")
    func requestSignatures() throws {
        let file = try vectors("storage")
        let account = try #require(file["account"])
        let pair = try Ed25519KeyPair(seed: account.bytes("ed25519_seed"))
        #expect(try pair.publicKey.hex == account.text("ed25519_pubkey"))
        let cases = try file.list("request_signatures")
        #expect(cases.count == 19)
        for vector in cases {
            let signed = try vector.bytes("signed_hex")
            let signature = try #require(Base64.decode(vector.text("signature_b64")))
            #expect(pair.sign(signed) == signature, "\(vector)")
            #expect(pair.publicKey.verifies(signature, of: signed))
        }
    }

    @Test("The signed texts of store and retrieve have the vectors' bytes")
    func signedTexts() throws {
        var seen = 0
        for vector in try vectors("storage").list("request_signatures") {
            let words = try vector.text("name").split(separator: " ")
            guard let method = words.first, let number = words.last.flatMap({ Int16($0) }) else { continue }
            let text: Bytes
            switch method {
            case "store": text = SignedText.store(Namespace(number), timestamp: 1_700_000_000_000)
            case "retrieve": text = SignedText.retrieve(Namespace(number), timestamp: 1_700_000_000_000)
            default: continue
            }
            seen += 1
            #expect(try text == vector.bytes("signed_hex"), "\(vector)")
        }
        #expect(seen == 5)
    }

    @Test("Node reply signatures match the vectors byte for byte")
    func nodeResponseSignatures() throws {
        let section = try #require(try vectors("storage")["node_response_signatures"])
        let pair = try Ed25519KeyPair(seed: section.bytes("node_ed25519_seed"))
        let cases = try section.list("cases")
        #expect(cases.count == 7)
        for vector in cases {
            #expect(try Base64.encode(pair.sign(vector.bytes("signed_hex"))) == vector.text("signature_b64"))
        }
    }

    @Test("A changed bit, another message, another key or another length never verifies")
    func forgeries() throws {
        let pair = try Ed25519KeyPair(seed: Bytes(repeating: 3, count: 32))
        let stranger = try Ed25519KeyPair(seed: Bytes(repeating: 4, count: 32))
        let message = Bytes("store".utf8)
        let signature = pair.sign(message)
        for index in [0, 31, 32, 63] {
            var changed = signature
            changed[index] ^= 1
            #expect(!pair.publicKey.verifies(changed, of: message))
        }
        #expect(!pair.publicKey.verifies(signature, of: message + [0]))
        #expect(!stranger.publicKey.verifies(signature, of: message))
        #expect(!pair.publicKey.verifies([], of: message))
        #expect(!pair.publicKey.verifies(signature + [0], of: message))
    }

    @Test("Legacy signatures verify with the legacy key only, and as Ed25519 signatures")
    func legacySignatures() throws {
        let pair = try LegacyKeyPair(seed: Bytes(repeating: 5, count: 32))
        let stranger = try LegacyKeyPair(seed: Bytes(repeating: 6, count: 32))
        for message in [Bytes(), Bytes("proof".utf8), Bytes(repeating: 9, count: 1_000)] {
            let signature = pair.sign(message)
            #expect(signature == pair.sign(message))
            #expect(pair.publicKey.verifies(signature, of: message))
            #expect(!stranger.publicKey.verifies(signature, of: message))
            #expect(!pair.publicKey.verifies(signature, of: message + [1]))
            let sameKey = try #require(Ed25519PublicKey(pair.publicKey.bytes))
            #expect(sameKey.verifies(signature, of: message))
        }
        #expect(pair.sign([1]).prefix(32) != pair.sign([2]).prefix(32), "a nonce served two messages")
    }

    @Test("Message hashes match the vectors, namespace 0 adding nothing")
    func messageHashes() throws {
        let cases = try vectors("storage").list("message_hash")
        #expect(cases.count == 8)
        for vector in cases {
            let account = try #require(AccountID(text: vector.text("pubkey")))
            let number = try #require(vector["namespace"]?.asInteger)
            let hash = try MessageHash(
                account: account, namespace: Namespace(Int16(number)), data: vector.bytes("data_hex"))
            #expect(try hash.text == vector.text("hash"))
        }
    }

    @Test("Digests match published values")
    func digests() {
        let abc = Bytes("abc".utf8)
        #expect(Hex.encode(Digest.sha256(abc)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Hex.encode(Digest.sha512(abc))
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
        #expect(
            Hex.encode(Digest.blake2b(abc, length: 64))
                == "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")
        #expect(Digest.blake2b(abc, key: Bytes("a".utf8)) != Digest.blake2b(abc, key: Bytes("b".utf8)))
    }
}
