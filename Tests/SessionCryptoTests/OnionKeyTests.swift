import SessionProtocol
import Testing

@testable import SessionCrypto

@Suite("Onion keys")
struct OnionKeyTests {
    @Test("Every cipher seals and opens one layer as in the vectors, in both directions")
    func singleLayers() throws {
        let cases = try vectors("onion").list("single_layer")
        #expect(cases.count == OnionCipher.allCases.count)
        for vector in cases {
            let cipher = try #require(OnionCipher(name: vector.text("enc_type")))
            for alias in try vector.list("aliases") {
                #expect(OnionCipher(name: try #require(alias.asString)) == cipher)
            }
            let clientPair = try X25519KeyPair(secretKey: vector.bytes("client_seckey"))
            let nodePair = try X25519KeyPair(secretKey: vector.bytes("node_seckey"))
            #expect(try clientPair.publicKey.hex == vector.text("client_pubkey"))
            #expect(try nodePair.publicKey.hex == vector.text("node_pubkey"))
            let client = try OnionKey(client: clientPair, node: nodePair.publicKey, cipher: cipher)
            let node = try OnionKey(node: nodePair, client: clientPair.publicKey, cipher: cipher)
            #expect(OnionKey.nonceLength(of: cipher) == Int(try #require(vector["nonce_len"]?.asInteger)))

            let request = try vector.bytes("request_plaintext_hex")
            let sealedRequest = try vector.bytes("request_ciphertext_hex")
            #expect(try client.seal(request, nonce: vector.bytes("request_nonce")) == sealedRequest)
            #expect(try node.open(sealedRequest) == request)
            #expect(sealedRequest.count - request.count == Int(try #require(vector["overhead"]?.asInteger)))

            let response = Bytes(try vector.text("response_plaintext").utf8)
            let sealedResponse = try vector.bytes("response_ciphertext_hex")
            #expect(try node.seal(response, nonce: vector.bytes("response_nonce")) == sealedResponse)
            #expect(try client.open(sealedResponse) == response)
            #expect(try Base64.encode(sealedResponse) == vector.text("response_base64"))
        }
    }

    @Test("A truncated ciphertext fails to open at every length", arguments: OnionCipher.allCases)
    func truncated(cipher: OnionCipher) throws {
        let (client, node) = try pair(cipher)
        let sealed = client.seal(Bytes(repeating: 7, count: 40), nonce: nonce(cipher))
        for length in 0..<sealed.count where cipher != .aesCBC || !(length - 16).isMultiple(of: 16) || length <= 16 {
            #expect(throws: CryptoError.cannotDecrypt(cipher)) { try node.open(Bytes(sealed[..<length])) }
        }
    }

    @Test("An altered ciphertext or a foreign key fails to open", arguments: [OnionCipher.aesGCM, .xchacha20])
    func altered(cipher: OnionCipher) throws {
        let (client, node) = try pair(cipher)
        let sealed = client.seal(Bytes("plain".utf8), nonce: nonce(cipher))
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x80
            #expect(throws: CryptoError.cannotDecrypt(cipher)) { try node.open(changed) }
        }
        let stranger = try X25519KeyPair(secretKey: Bytes(repeating: 9, count: 32))
        let foreign = try OnionKey(node: stranger, client: stranger.publicKey, cipher: cipher)
        #expect(throws: CryptoError.cannotDecrypt(cipher)) { try foreign.open(sealed) }
    }

    @Test("Layers of every size round-trip, the empty one and block borders included", arguments: OnionCipher.allCases)
    func sizes(cipher: OnionCipher) throws {
        let (client, node) = try pair(cipher)
        for count in [0, 1, 15, 16, 17, 31, 32, 100_000] {
            let plaintext = Bytes(repeating: 5, count: count)
            #expect(try node.open(client.seal(plaintext, nonce: nonce(cipher))) == plaintext)
        }
    }

    @Test("A key of low order is refused on both sides", arguments: OnionCipher.allCases)
    func lowOrder(cipher: OnionCipher) throws {
        let own = try X25519KeyPair(secretKey: Bytes(repeating: 1, count: 32))
        for bytes in [Bytes(repeating: 0, count: 32), [1] + Bytes(repeating: 0, count: 31)] {
            let bad = try #require(X25519PublicKey(bytes))
            #expect(throws: CryptoError.lowOrderKey(bad)) { try OnionKey(client: own, node: bad, cipher: cipher) }
            #expect(throws: CryptoError.lowOrderKey(bad)) { try OnionKey(node: own, client: bad, cipher: cipher) }
        }
    }

    @Test("Both implementations of AES-GCM give the same bytes and refuse the same forgeries")
    func providersAgree() throws {
        guard AESGCM.provider == .libsodium else { return }
        let key = Digest.sha256([1])
        let nonce = Bytes(repeating: 2, count: 12)
        for count in [0, 1, 16, 100, 70_000] {
            let plaintext = Bytes(repeating: 3, count: count)
            let sealed = AESGCM.Provider.libcrypto.seal(plaintext, key: key, nonce: nonce)
            #expect(AESGCM.Provider.libsodium.seal(plaintext, key: key, nonce: nonce) == sealed)
            #expect(AESGCM.Provider.libcrypto.open(sealed, key: key) == plaintext)
            #expect(AESGCM.Provider.libsodium.open(sealed, key: key) == plaintext)
            var forged = sealed
            forged[sealed.count / 2] ^= 1
            for provider in AESGCM.Provider.allCases { #expect(provider.open(forged, key: key) == nil) }
        }
        for provider in AESGCM.Provider.allCases {
            #expect(provider.open([1, 2, 3], key: key) == nil)
            #expect(provider.open(Bytes(repeating: 1, count: 27), key: key) == nil)
        }
    }

    @Test("A printed onion key shows its cipher and no key")
    func printedKey() throws {
        let key = try pair(.aesGCM).client
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "aes-gcm onion key")
        #expect(!dumped.contains("elements"))
    }

    private func pair(_ cipher: OnionCipher) throws -> (client: OnionKey, node: OnionKey) {
        let client = try X25519KeyPair(secretKey: Digest.sha256([1]))
        let node = try X25519KeyPair(secretKey: Digest.sha256([2]))
        return (
            try OnionKey(client: client, node: node.publicKey, cipher: cipher),
            try OnionKey(node: node, client: client.publicKey, cipher: cipher)
        )
    }

    private func nonce(_ cipher: OnionCipher) -> Bytes {
        Bytes(repeating: 4, count: OnionKey.nonceLength(of: cipher))
    }
}
