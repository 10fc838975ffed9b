import Ledger
import SessionCrypto
import SessionProtocol
import Testing

struct NameRecordTests {
    /// Made with PyNaCl 1.6.2's BLAKE2b and XChaCha20-Poly1305 for the account 05 00 01 … 1f and the nonce 64 65 … 7b.
    static let foreign: [(name: String, hash: String, key: String, value: String)] = [
        (
            "alice", "e11d814979372c883b50bdb0ffadb1eaf0898bf54fd4fbf298af126fbabbda4c",
            "5711cbc68d289da07b63bd4707fd14d264b1a04f0ea8ad7a55e86e14d259d478",
            "e8872a9d0000b9de5c9547f7c267114592085184f1f964f5e1a8623e6b1877ee"
                + "cf0cbfbc82b42091b6e69b433ff04d415c"
        ),
        (
            "under_score-42", "2aa69ce0e13f6f3e3cc1329db7320cfd3a2b4d4469772a265452d194d0cf9824",
            "0051dddc7df8b33b0bb5c73692949f6735dea9bcd8020a00b7bfeb1069b35525",
            "09355fdb7461155181432a2973d2e89af7ca0bd24d59f3790bbd805e56658f20"
                + "0f9a56ebb44174bcb08d98ac1758de8afe"
        ),
    ]
    static let account: Bytes = [5] + (0..<32)

    @Test("a name hashes, and a record opens, as another library made them", arguments: foreign)
    func vectors(_ vector: (name: String, hash: String, key: String, value: String)) throws {
        let name = try SessionName(vector.name)
        #expect(NameHash(of: name).hex == vector.hash)
        let value = try #require(Hex.decode(vector.value))
        let record = try #require(NameRecord(encryptedValue: value, nonce: Bytes(100..<124)))
        #expect(record.account(named: name)?.bytes == Self.account)
        #expect(record.account(named: try SessionName("bob")) == nil)
        #expect(try record.account(named: SessionName(vector.name.uppercased()))?.bytes == Self.account)
    }

    @Test("a record made here opens with nothing but the key another library derives", arguments: foreign)
    func sealing(_ vector: (name: String, hash: String, key: String, value: String)) throws {
        let account = try #require(AccountID(Self.account))
        let record = NameRecord(of: account, named: try SessionName(vector.name), chance: [7])
        #expect(record.encryptedValue.count == 49)
        #expect(record.nonce.count == 24)
        let key = try #require(Hex.decode(vector.key))
        #expect(XChaCha20.open(record.nonce + record.encryptedValue, key: key) == Self.account)
    }

    @Test("a record's nonce follows from name, account and chance, and changes with each of them")
    func nonces() throws {
        let account = try #require(AccountID(Self.account))
        let other = try #require(AccountID([5] + Bytes(repeating: 9, count: 32)))
        let (alice, bob) = (try SessionName("alice"), try SessionName("bob"))
        let record = NameRecord(of: account, named: alice, chance: [1])
        #expect(record == NameRecord(of: account, named: try SessionName("ALICE"), chance: [1]))
        let others = [
            NameRecord(of: account, named: alice, chance: [2]), NameRecord(of: other, named: alice, chance: [1]),
            NameRecord(of: account, named: bob, chance: [1]),
        ]
        #expect(Set((others + [record]).map(\.nonce)).count == 4)
    }

    @Test("a record with another length is none", arguments: [(48, 24), (50, 24), (49, 23), (49, 25)])
    func lengths(_ value: Int, _ nonce: Int) {
        #expect(
            NameRecord(encryptedValue: Bytes(repeating: 0, count: value), nonce: Bytes(repeating: 0, count: nonce))
                == nil)
    }

    static let longest = String(repeating: "x", count: 64)
    static let refused: [(text: String, error: SessionNameError)] = [
        ("", .length(0)), (longest + "x", .length(65)), ("a b", .character(in: "a b")),
        ("naïve", .character(in: "naïve")), ("a.b", .character(in: "a.b")), ("-a", .hyphenAtEnd(of: "-a")),
        ("a-", .hyphenAtEnd(of: "a-")),
    ]

    @Test("a text that can be no name is refused with the reason", arguments: refused)
    func refusedNames(_ row: (text: String, error: SessionNameError)) {
        #expect(throws: row.error) { try SessionName(row.text) }
    }

    @Test("every other text is a name, in lower case", arguments: ["a", "A-b", "_", "0_0", longest])
    func allowedNames(_ text: String) throws { #expect(try SessionName(text).text == text.lowercased()) }
}
