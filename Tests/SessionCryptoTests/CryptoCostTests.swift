import SessionProtocol
import Testing

@testable import SessionCrypto

/// What the code above may rely on, whichever way public-key operations are answered.
@Suite("Crypto cost, real and modelled alike")
struct CryptoCostTests {
    private static let seeds = [Bytes(repeating: 0, count: 32), Bytes(1...32), Bytes(repeating: 255, count: 32)]
    private static let messages = [
        Bytes(), Bytes("m".utf8), Bytes("8 bytes.".utf8), Bytes("nine byte".utf8), Bytes(repeating: 9, count: 1_000),
    ]

    /// A pair of either kind, as its signer and its public key see it.
    private struct Signer {
        let publicKey: Bytes
        let sign: (Bytes) -> Bytes
        let verifies: (Bytes, Bytes) -> Bool

        static func all(seed: Bytes) throws -> [Signer] {
            let pair = try Ed25519KeyPair(seed: seed)
            let legacy = try LegacyKeyPair(seed: seed)
            return [
                Signer(
                    publicKey: pair.publicKey.bytes, sign: pair.sign,
                    verifies: { pair.publicKey.verifies($0, of: $1) }),
                Signer(
                    publicKey: legacy.publicKey.bytes, sign: legacy.sign,
                    verifies: { legacy.publicKey.verifies($0, of: $1) }),
            ]
        }
    }

    @Test("Keys, secrets and signatures have the protocol's lengths", arguments: CryptoCost.allCases)
    func shapes(cost: CryptoCost) throws {
        try CryptoCost.$current.withValue(cost) {
            for seed in Self.seeds {
                let pair = try Ed25519KeyPair(seed: seed)
                #expect(pair.secretKey == seed + pair.publicKey.bytes)
                #expect(pair.x25519.secretKey.count == 32)
                #expect(try LegacyKeyPair(seed: seed).scalar.count == 32)
                #expect(try pair.x25519.sharedSecret(with: X25519KeyPair(secretKey: seed).publicKey).count == 32)
                for signer in try Signer.all(seed: seed) { #expect(signer.sign(seed).count == 64) }
            }
        }
    }

    @Test("Both sides of an agreement reach one secret, and no third key reaches it", arguments: CryptoCost.allCases)
    func agreement(cost: CryptoCost) throws {
        try CryptoCost.$current.withValue(cost) {
            let pairs = try Self.seeds.map { try X25519KeyPair(secretKey: $0) }
            var secrets: Set<Bytes> = []
            for (index, left) in pairs.enumerated() {
                for right in pairs[index...] {
                    let secret = try left.sharedSecret(with: right.publicKey)
                    #expect(try right.sharedSecret(with: left.publicKey) == secret)
                    #expect(secrets.insert(secret).inserted, "two agreements gave one secret")
                }
            }
        }
    }

    @Test(
        "An agreement with a key altered in any byte still works, each to another secret",
        arguments: CryptoCost.allCases)
    func alteredAgreement(cost: CryptoCost) throws {
        try CryptoCost.$current.withValue(cost) {
            let own = try X25519KeyPair(secretKey: Bytes(1...32))
            let other = try X25519KeyPair(secretKey: Bytes(repeating: 7, count: 32)).publicKey
            var secrets: Set = [try own.sharedSecret(with: other)]
            for index in other.bytes.indices {
                var bytes = other.bytes
                bytes[index] ^= 1
                let altered = try #require(X25519PublicKey(bytes))
                #expect(try secrets.insert(own.sharedSecret(with: altered)).inserted, "byte \(index)")
            }
        }
    }

    @Test(
        "An Ed25519 pair and its public key convert to the two halves of one agreement pair",
        arguments: CryptoCost.allCases)
    func conversion(cost: CryptoCost) throws {
        try CryptoCost.$current.withValue(cost) {
            let other = try X25519KeyPair(secretKey: Bytes(repeating: 7, count: 32))
            for seed in Self.seeds {
                let pair = try Ed25519KeyPair(seed: seed)
                let converted = try #require(pair.publicKey.x25519)
                #expect(converted == pair.x25519.publicKey)
                #expect(converted.bytes != pair.publicKey.bytes)
                #expect(try X25519KeyPair(secretKey: pair.x25519.secretKey).publicKey == converted)
                #expect(
                    try pair.x25519.sharedSecret(with: other.publicKey) == other.sharedSecret(with: converted))
            }
            #expect(try #require(Ed25519PublicKey(Bytes(repeating: 2, count: 32))).x25519 == nil)
        }
    }

    @Test("A key of low order is refused", arguments: CryptoCost.allCases)
    func lowOrder(cost: CryptoCost) throws {
        try CryptoCost.$current.withValue(cost) {
            let own = try X25519KeyPair(secretKey: Bytes(1...32))
            for first: UInt8 in [0, 1] {
                let bad = try #require(X25519PublicKey([first] + Bytes(repeating: 0, count: 31)))
                #expect(throws: CryptoError.lowOrderKey(bad)) { try own.sharedSecret(with: bad) }
            }
        }
    }

    @Test(
        "Onion layers open for the key they were made for and for no other", arguments: CryptoCost.allCases,
        OnionCipher.allCases)
    func onionLayers(cost: CryptoCost, cipher: OnionCipher) throws {
        try CryptoCost.$current.withValue(cost) {
            let client = try X25519KeyPair(secretKey: Bytes(repeating: 5, count: 32))
            let node = NodeKeys(networkSeed: 1, name: "n1").x25519
            let stranger = NodeKeys(networkSeed: 1, name: "n2").x25519
            let plaintext = Bytes(repeating: 3, count: 100)
            let sealed = try OnionKey(client: client, node: node.publicKey, cipher: cipher)
                .seal(plaintext, nonce: Bytes(repeating: 4, count: OnionKey.nonceLength(of: cipher)))
            let opened = try OnionKey(node: node, client: client.publicKey, cipher: cipher).open(sealed)
            #expect(opened == plaintext)
            let foreign = try OnionKey(node: stranger, client: client.publicKey, cipher: cipher)
            // Without authentication, a wrong key may also give garbage.
            #expect((try? foreign.open(sealed)) != plaintext)
        }
    }

    @Test(
        "A signature verifies, and with any byte, the message or the key altered it does not",
        arguments: CryptoCost.allCases)
    func signatures(cost: CryptoCost) throws {
        try CryptoCost.$current.withValue(cost) {
            let strangers = try Signer.all(seed: Bytes(repeating: 8, count: 32))
            for signer in try Signer.all(seed: Bytes(1...32)) {
                for message in Self.messages {
                    let signature = signer.sign(message)
                    #expect(signer.sign(message) == signature)
                    #expect(signer.verifies(signature, message))
                    for index in signature.indices {
                        var altered = signature
                        altered[index] ^= 0x10
                        #expect(!signer.verifies(altered, message), "byte \(index)")
                    }
                    for index in message.indices.prefix(20) {
                        var altered = message
                        altered[index] ^= 0x10
                        #expect(!signer.verifies(signature, altered), "byte \(index)")
                    }
                    #expect(!signer.verifies(signature, message + [0]))
                    #expect(!signer.verifies(signature + [0], message) && !signer.verifies([], message))
                    for stranger in strangers { #expect(!stranger.verifies(signature, message)) }
                }
                #expect(signer.sign([1]).prefix(32) != signer.sign([2]).prefix(32), "a nonce served two messages")
            }
        }
    }

    @Test("A signature does not verify under its key with any byte altered", arguments: CryptoCost.allCases)
    func alteredKeys(cost: CryptoCost) throws {
        try CryptoCost.$current.withValue(cost) {
            for signer in try Signer.all(seed: Bytes(1...32)) {
                let signature = signer.sign([1, 2, 3])
                let legacyKey = try #require(LegacyPublicKey(signer.publicKey))
                #expect(legacyKey.verifies(signature, of: [1, 2, 3]), "legacy signatures have Ed25519's form")
                for index in signer.publicKey.indices {
                    var bytes = signer.publicKey
                    bytes[index] ^= 1
                    #expect(try !#require(Ed25519PublicKey(bytes)).verifies(signature, of: [1, 2, 3]))
                }
            }
        }
    }

    @Test("A legacy scalar of zero, or at or above the group's order, is refused", arguments: CryptoCost.allCases)
    func scalarsOutOfRange(cost: CryptoCost) {
        CryptoCost.$current.withValue(cost) {
            for byte: UInt8 in [0, 255] {
                #expect(throws: CryptoError.invalidScalar) {
                    try LegacyKeyPair(scalar: Bytes(repeating: byte, count: 32))
                }
            }
        }
    }
}
