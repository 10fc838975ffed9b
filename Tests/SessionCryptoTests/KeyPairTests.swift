import SessionCrypto
import SessionProtocol
import Testing

@Suite("Key pairs")
struct KeyPairTests {
    @Test("Every key of a node follows from its secrets as in the vectors")
    func nodeIdentity() throws {
        for node in try vectors("storage").list("identity") {
            let ed25519 = try Ed25519KeyPair(seed: node.bytes("ed25519_seed"))
            #expect(try ed25519.secretKey == node.bytes("ed25519_seckey"))
            #expect(try ed25519.publicKey.hex == node.text("ed25519_pubkey"))
            #expect(try ed25519.x25519.secretKey == node.bytes("x25519_seckey"))
            #expect(try ed25519.x25519.publicKey.hex == node.text("x25519_pubkey"))
            #expect(ed25519.publicKey.x25519 == ed25519.x25519.publicKey)
            let legacy = try LegacyKeyPair(scalar: node.bytes("legacy_seckey"))
            #expect(try legacy.publicKey.hex == node.text("legacy_pubkey"))
            #expect(try legacy.publicKey.snodeAddress == node.text("address"))
            #expect(try Base64.encode(legacy.publicKey.bytes) == node.text("ping_header_b64"))
            #expect(try Base32z.encode(ed25519.publicKey.bytes) + ".snode" == node.text("ping_host"))
        }
    }

    @Test("Client keys follow from the 32-byte seed as in the recovery phrase vectors")
    func clientIdentity() throws {
        for vector in try vectors("mnemonic").list("vectors") {
            let pair = try Ed25519KeyPair(seed: vector.bytes("seed32_hex"))
            #expect(try pair.publicKey.hex == vector.text("ed25519_pub"))
            #expect(try pair.secretKey == vector.bytes("ed25519_sec_64"))
            #expect(try pair.x25519.publicKey.hex == vector.text("x25519_pub"))
            #expect(try AccountID(session: pair.x25519.publicKey).hex == vector.text("session_id"))
        }
    }

    @Test("A secret of a wrong length is refused with its length")
    func wrongLengths() {
        let short = Bytes(repeating: 1, count: 31)
        #expect(throws: CryptoError.wrongLength(of: "an Ed25519 seed", expected: 32, actual: 31)) {
            try Ed25519KeyPair(seed: short)
        }
        #expect(throws: CryptoError.wrongLength(of: "an X25519 secret key", expected: 32, actual: 31)) {
            try X25519KeyPair(secretKey: short)
        }
        #expect(throws: CryptoError.wrongLength(of: "a legacy key seed", expected: 32, actual: 31)) {
            try LegacyKeyPair(seed: short)
        }
        #expect(throws: CryptoError.wrongLength(of: "a legacy secret key", expected: 32, actual: 31)) {
            try LegacyKeyPair(scalar: short)
        }
    }

    @Test(
        "A legacy scalar of zero, or at or above the group's order, is refused",
        arguments: [
            Bytes(repeating: 0, count: 32),
            Bytes(repeating: 255, count: 32),
            Hex.decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010") ?? [],
        ])
    func scalarsOutOfRange(scalar: Bytes) {
        #expect(throws: CryptoError.invalidScalar) { try LegacyKeyPair(scalar: scalar) }
    }

    @Test("Bytes that are no curve point have no X25519 form, and verify nothing")
    func noPoint() throws {
        let key = try #require(Ed25519PublicKey(Bytes(repeating: 2, count: 32)))
        #expect(key.x25519 == nil)
        #expect(!key.verifies(Bytes(repeating: 0, count: 64), of: []))
    }

    @Test("Nothing a pair prints contains its secret")
    func printedForms() throws {
        let seed = Bytes(1...32)
        let keys = NodeKeys(networkSeed: 1, name: "n1")
        let pair = try Ed25519KeyPair(seed: seed)
        let values: [(any Sendable, secret: Bytes)] = [
            (pair, pair.secretKey), (pair.x25519, pair.x25519.secretKey), (keys.legacy, keys.legacy.scalar),
            (keys, keys.x25519.secretKey),
        ]
        for (value, secret) in values {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), dumped] {
                #expect(!text.contains(Hex.encode(secret.prefix(32))))
                #expect(!text.contains("\(secret[0]), \(secret[1])"))
                #expect(!text.contains("- \(secret[0])\n"))
            }
        }
    }

    @Test("A seed and a name always give the same keys, and any other seed or name gives others")
    func nodeKeys() throws {
        let keys = NodeKeys(networkSeed: 7, name: "n1")
        #expect(keys.legacy.publicKey == NodeKeys(networkSeed: 7, name: "n1").legacy.publicKey)
        #expect(keys.ed25519.publicKey.hex == "6e9cca88573a16fa9716d22ece1dd41164f220094ce7cc597f4cf841474db441")
        #expect(keys.legacy.publicKey.bytes != keys.ed25519.publicKey.bytes)
        #expect(keys.x25519.publicKey == keys.ed25519.publicKey.x25519)
        let others = [NodeKeys(networkSeed: 8, name: "n1"), NodeKeys(networkSeed: 7, name: "n2")]
        for other in others {
            #expect(other.ed25519.publicKey != keys.ed25519.publicKey)
            #expect(other.legacy.publicKey != keys.legacy.publicKey)
        }
    }
}
