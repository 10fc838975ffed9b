import SessionProtocol
import Testing

@testable import SessionCrypto

@Suite("Converted keys")
struct ConvertedKeysTests {
    /// The first two bytes choose the slot; `tag` tells keys of one slot apart.
    private func key(slot: UInt8, tag: UInt8) throws -> Ed25519PublicKey {
        try #require(Ed25519PublicKey([slot, 0] + Bytes(repeating: tag, count: 30)))
    }

    @Test("A key is converted once, also one that has no key-agreement key")
    func onceEach() throws {
        let keys = ConvertedKeys()
        let agreement = X25519PublicKey(Bytes(repeating: 7, count: 32))
        for (signing, expected) in [(try key(slot: 1, tag: 1), agreement), (try key(slot: 2, tag: 1), nil)] {
            var conversions = 0
            for _ in 0..<3 {
                let found = keys.key(for: signing) {
                    conversions += 1
                    return expected
                }
                #expect(found == expected)
            }
            #expect(conversions == 1)
        }
    }

    @Test("Keys that want the same place never get each other's")
    func samePlace() throws {
        let keys = ConvertedKeys()
        for tag in [UInt8(1), 2, 1, 2, 2, 1] {
            let expected = X25519PublicKey(Bytes(repeating: tag, count: 32))
            #expect(keys.key(for: try key(slot: 9, tag: tag)) { expected } == expected)
        }
    }
}
