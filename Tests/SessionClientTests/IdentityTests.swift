import Foundation
import SessionClient
import SessionCrypto
import SessionProtocol
import Testing

func vectors(_ name: String) throws -> JSON {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
    return try JSON(parsing: Bytes(Data(contentsOf: url)))
}

@Suite("Identity")
struct IdentityTests {
    @Test("A 16-byte seed gives the keys and the Session ID of the vectors")
    func derivation() throws {
        let cases = try #require(try vectors("mnemonic")["vectors"]?.asArray)
        #expect(cases.count == 3)
        for vector in cases {
            let seed = try #require(vector["seed_hex"]?.asString.flatMap { Hex.decode($0) })
            let identity = try SessionIdentity(seed: seed)
            #expect(
                identity.ed25519.secretKey.prefix(32) == vector["seed32_hex"]?.asString.flatMap { Hex.decode($0) }?[...]
            )
            #expect(identity.ed25519.publicKey.hex == vector["ed25519_pub"]?.asString)
            #expect(identity.x25519.publicKey.hex == vector["x25519_pub"]?.asString)
            #expect(Hex.encode(identity.x25519.secretKey) == vector["x25519_sec"]?.asString)
            #expect(identity.account.hex == vector["session_id"]?.asString)
        }
    }

    @Test("A recovery phrase gives the account, and its secret spells the phrase again")
    func phrases() throws {
        for vector in try #require(try vectors("mnemonic")["vectors"]?.asArray) {
            let phrase = try #require(vector["words"]?.asString)
            let secret = try RecoveryPhrase.decode(phrase)
            #expect(Hex.encode(secret) == vector["seed_hex"]?.asString)
            #expect(RecoveryPhrase.encode(secret) == phrase)
            #expect(try SessionIdentity(recoveryPhrase: phrase).account.hex == vector["session_id"]?.asString)
        }
    }

    @Test("Wrong recovery phrases are told apart as the desktop client does")
    func wrongPhrases() throws {
        let cases = try #require(try vectors("mnemonic")["decode_cases"]?.asArray)
        #expect(cases.count == 9)
        for wrong in cases {
            let name = wrong["name"]?.asString ?? ""
            let outcome: String
            do {
                outcome = Hex.encode(try RecoveryPhrase.decode(try #require(wrong["words"]?.asString)))
            } catch let error as RecoveryPhrase.Malformed {
                outcome =
                    switch error {
                    case .tooFewWords: "NotEnoughWords"
                    case .tooManyWords: "TooManyWords"
                    case .unknownWord: "InvalidWords"
                    case .wrongChecksum: "VerificationError"
                    }
                #expect(!"\(error)".contains("amaze"), "a secret word is printed")
            }
            #expect(outcome == wrong["desktop"]?.asString, "\(name)")
        }
    }

    @Test("Every secret survives being spelled", arguments: 0..<32)
    func spelling(case number: UInt8) throws {
        let secret = Bytes((0..<16).map { $0 &* 37 &+ number &* 101 })
        #expect(try RecoveryPhrase.decode(RecoveryPhrase.encode(secret)) == secret)
    }

    @Test("A seed of another length is refused, a whole 32-byte one too", arguments: [0, 15, 17, 32])
    func lengths(count: Int) {
        #expect(throws: CryptoError.wrongLength(of: "an account seed", expected: 16, actual: count)) {
            try SessionIdentity(seed: Bytes(repeating: 1, count: count))
        }
    }

    @Test("Printing an identity shows the account only")
    func printed() throws {
        let identity = try SessionIdentity(seed: Bytes(repeating: 1, count: 16))
        #expect("\(identity)" == "account \(identity.account.hex)")
    }
}
