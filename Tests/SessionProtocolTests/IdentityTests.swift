import SessionProtocol
import Testing

@Suite("Accounts, keys and addresses")
struct IdentityTests {
    private let hex = "05cb7926f177401471b6d820caa1da2bd6d83055d89b7b7955b44d62212b2cf315"

    @Test("An account reads from 66 hex digits of either case, from 33 raw bytes and from a raw text")
    func accounts() throws {
        let account = try #require(AccountID(text: hex))
        #expect(account == AccountID(text: hex.uppercased()))
        #expect(account == AccountID(account.bytes))
        #expect(account.hex == hex)
        #expect(account.prefix == AccountID.sessionPrefix)
        #expect(account.key.count == 32)
        #expect(account.obscured == "05cb…15")
        let raw = String(repeating: "k", count: 33)
        #expect(AccountID(text: raw)?.bytes == Bytes(raw.utf8))
        #expect(try AccountID(session: #require(X25519PublicKey(account.key))) == account)
    }

    @Test("Text of any other length or alphabet is no account")
    func badAccounts() {
        for text in [
            "", "05", String(hex.dropLast()), hex + "0", String(hex.dropLast(2)), String(hex.dropLast()) + "g",
        ] {
            #expect(AccountID(text: text) == nil)
        }
        #expect(AccountID(Bytes(repeating: 5, count: 32)) == nil)
    }

    @Test("Keys have exactly 32 bytes and sort by value")
    func keys() throws {
        #expect(Ed25519PublicKey(Bytes(repeating: 0, count: 31)) == nil)
        #expect(X25519PublicKey(hex: String(repeating: "0", count: 63)) == nil)
        let low = try #require(LegacyPublicKey(Bytes(repeating: 1, count: 32)))
        let high = try #require(LegacyPublicKey(Bytes(repeating: 0x80, count: 32)))
        #expect(low < high)
        #expect(LegacyPublicKey(hex: low.hex.uppercased()) == low)
    }

    @Test("Swarm ids print without leading zeros and read with or without them")
    func swarmIDs() {
        #expect(SwarmID(hex: "00ab") == SwarmID(0xab))
        #expect(SwarmID(0xab).hex == "ab")
        #expect(SwarmID.unassigned.hex == "ffffffffffffffff")
        #expect(SwarmID(hex: "10000000000000000") == nil)
        #expect(SwarmID(hex: "xyz") == nil)
    }

    @Test(
        "Dotted quads read exactly",
        arguments: [
            ("127.0.0.1", 0x7f00_0001), ("0.0.0.0", 0), ("255.255.255.255", 0xffff_ffff), ("1.2.3", nil),
            ("1.2.3.4.5", nil),
            ("1..2.3", nil), ("256.0.0.1", nil), ("+1.2.3.4", nil), ("a.b.c.d", nil), ("", nil), ("1.2.3.4 ", nil),
        ] as [(String, UInt32?)])
    func addresses(text: String, value: UInt32?) {
        #expect(IPv4Address(text)?.rawValue == value)
        if let value { #expect(IPv4Address(value).description == text) }
    }

    @Test("A message hash is 43 base64 characters")
    func messageHashes() throws {
        let text = "MCaFTDP6aMTeIZ8/Bn2zF26vMy3wEJQ9yhiNgh5nwq8"
        #expect(MessageHash(text: text)?.text == text)
        #expect(try MessageHash(digest: #require(Base64.decode(text)))?.text == text)
        for bad in ["", text + "=", String(text.dropLast()), String(text.dropLast()) + "-", text + "A"] {
            #expect(MessageHash(text: bad) == nil)
        }
        #expect(MessageHash(digest: [1]) == nil)
    }
}
