import SessionProtocol
import Testing

@testable import SessionCrypto

@Suite("Modelled crypto")
struct ModelledCryptoTests {
    @Test("The cost is real until it is bound, inside a binding child tasks have it too, and after it nobody")
    func scope() async throws {
        let seed = Bytes(1...32)
        let real = try Ed25519KeyPair(seed: seed).publicKey
        #expect(CryptoCost.current == .real)
        let inside = try await CryptoCost.$current.withValue(.modelled) {
            async let single = Ed25519KeyPair(seed: seed).publicKey
            let grouped = try await withThrowingTaskGroup(of: Ed25519PublicKey.self) { group in
                group.addTask { try Ed25519KeyPair(seed: seed).publicKey }
                return try #require(try await group.next())
            }
            return try await [single, grouped, Ed25519KeyPair(seed: seed).publicKey]
        }
        #expect(Set(inside).count == 1 && inside.first != real)
        #expect(CryptoCost.current == .real)
        #expect(try Ed25519KeyPair(seed: seed).publicKey == real)
    }

    @Test("Keys and signatures of one cost are refused, not trapped on, under the other")
    func mixedCosts() throws {
        let pairs = try CryptoCost.allCases.map { cost in
            try CryptoCost.$current.withValue(cost) { try (Ed25519KeyPair(seed: Bytes(1...32)), cost) }
        }
        for (pair, cost) in pairs {
            let signature = CryptoCost.$current.withValue(cost) { pair.sign([1]) }
            for other in CryptoCost.allCases where other != cost {
                CryptoCost.$current.withValue(other) {
                    #expect(!pair.publicKey.verifies(signature, of: [1]))
                    #expect(!pair.publicKey.verifies(pair.sign([1]), of: [1]))
                    #expect(pair.publicKey.x25519 != pair.x25519.publicKey)
                }
            }
        }
    }

    @Test("100,000 seeds give keys that differ in every 8 bytes, and as many agreement secrets")
    func distinctKeys() throws {
        try CryptoCost.$current.withValue(.modelled) {
            let own = try X25519KeyPair(secretKey: Bytes(1...32))
            var words = Array(repeating: Set<UInt64>(), count: 8)
            for number in 0..<100_000 {
                var seed = Bytes(repeating: 0, count: 32)
                for place in 0..<4 { seed[28 + place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
                let key = try Ed25519KeyPair(seed: seed).publicKey
                let secret = try own.sharedSecret(with: try #require(key.x25519))
                for index in 0..<4 {
                    words[index].insert(WordMixer.word(index, of: key.bytes))
                    words[4 + index].insert(WordMixer.word(index, of: secret))
                }
            }
            #expect(words.map(\.count) == Array(repeating: 100_000, count: 8))
        }
    }

    /// A run's history depends on these bytes, so they may change only on purpose.
    @Test("A seed gives the same key, agreement and signatures on every machine")
    func pinned() throws {
        try CryptoCost.$current.withValue(.modelled) {
            let pair = try Ed25519KeyPair(seed: Bytes(1...32))
            let legacy = try LegacyKeyPair(seed: Bytes(1...32))
            let other = try X25519KeyPair(secretKey: Bytes(2...33))
            #expect(pair.publicKey.hex == "c0ea38ff43b45f174f6a32e0c7bff8b40608b2d9f7e5ecc4855ca3cb6d575196")
            #expect(pair.x25519.publicKey.hex == "c0ea38ff43b45f1704a0fe48c6a47bd8a2fea3ef294acc8584e484286b9166f8")
            #expect(legacy.publicKey.hex == "df49d418cfd64d039eeab137a155092eb09c7e71ee2c2cbc83082bc7f4bb89f5")
            #expect(
                try Hex.encode(pair.x25519.sharedSecret(with: other.publicKey))
                    == "a020a398776f388e825bd08384f1aaef6db89ab6aebe9112fed0a248b8064c9c")
            #expect(
                Hex.encode(pair.sign(Bytes("nine byte".utf8)).prefix(40))
                    == "4f1ca10dc77cfa0969ad123ed45f52c4cf5f1431dfc5f1ac355c1bb18bd51a1dcf96d48c51dc0710")
            #expect(
                Hex.encode(legacy.sign(Bytes("8 bytes.".utf8)).suffix(32))
                    == "a99007646846210049ea2391d0af72d219aa61d623c7050fcc015cd97172fae8")
        }
    }

    @Test("Multiplication agrees with division by the prime, at its edges too")
    func multiplication() {
        let modulus = MersenneGroup.modulus
        var mixer = WordMixer(.message)
        let numbers = [0, 1, 2, 37, modulus - 2, modulus - 1, 1 << 60] + (0..<200).map { _ in mixer.next() % modulus }
        for left in numbers {
            for right in numbers {
                let expected = modulus.dividingFullWidth(left.multipliedFullWidth(by: right)).remainder
                #expect(MersenneGroup.multiply(left, right) == expected, "\(left) by \(right)")
            }
        }
    }

    @Test("The generator reaches the whole group, and its table gives its powers")
    func generator() {
        let order = MersenneGroup.order
        let primes: [UInt64] = [2, 3, 5, 7, 11, 13, 31, 41, 61, 151, 331, 1_321]
        var rest = order
        for prime in primes {
            while rest.isMultiple(of: prime) { rest /= prime }
            #expect(MersenneGroup.power(MersenneGroup.generator, order / prime) != 1, "stuck below order at \(prime)")
        }
        #expect(rest == 1, "a prime factor of the order is missing")
        #expect(MersenneGroup.power(MersenneGroup.generator, order) == 1)
        var mixer = WordMixer(.message)
        for exponent in [0, 1, 15, 16, 255, 1 << 60, order - 1] + (0..<200).map({ _ in mixer.next() % order }) {
            #expect(
                MersenneGroup.generatorPower(exponent) == MersenneGroup.power(MersenneGroup.generator, exponent))
        }
    }

    @Test("Bytes of 0 or 1 before others are keys like any, as on the curve")
    func smallFirstWord() throws {
        try CryptoCost.$current.withValue(.modelled) {
            let own = try X25519KeyPair(secretKey: Bytes(1...32))
            let odd = try #require(X25519PublicKey(Bytes(repeating: 0, count: 31) + [7]))
            #expect(try own.sharedSecret(with: odd).count == 32)
        }
    }

    @Test("The neutral element, whose secret everybody knows, is no signing key", arguments: [UInt64(0), 1])
    func neutralElement(element: UInt64) throws {
        try CryptoCost.$current.withValue(.modelled) {
            let key = try #require(Ed25519PublicKey(ModelledKey.encode(element, as: .signing)))
            #expect(key.x25519 == nil)
        }
    }
}
