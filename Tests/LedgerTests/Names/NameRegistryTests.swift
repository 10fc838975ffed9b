import Ledger
import SessionProtocol
import Testing

struct NameRegistryTests {
    private let alice = WalletKeys(networkSeed: 1, name: "alice")
    private let mallory = WalletKeys(networkSeed: 1, name: "mallory")

    private func registration(
        by owner: WalletKeys, burning coins: UInt64 = 7, account: UInt8 = 1, nonce: UInt64 = 0
    ) throws -> NameRegistration {
        let name = try SessionName("alice")
        let account = try #require(AccountID([5] + Bytes(repeating: account, count: 32)))
        return NameRegistration(
            name: NameHash(of: name), record: NameRecord(of: account, named: name, chance: []), owner: owner,
            burn: .coins(coins), nonce: nonce)
    }

    @Test(
        "a new name costs what its hard fork says",
        arguments: [(14, 20), (15, 20), (16, 15), (17, 15), (18, 7), (19, 7)])
    func price(_ hardfork: UInt8, _ coins: UInt64) throws {
        var registry = NameRegistry()
        #expect(NameRegistry.price(hardfork: hardfork) == .coins(coins))
        for wrong in [coins - 1, coins + 1, 0] {
            let transaction = try registration(by: alice, burning: wrong)
            let refusal = NameRefusal(
                name: transaction.name, reason: .wrongPrice(burnt: .coins(wrong), price: .coins(coins)))
            #expect(throws: refusal) { try registry.apply(transaction, hardfork: hardfork, height: 3) }
        }
        try registry.apply(registration(by: alice, burning: coins), hardfork: hardfork, height: 3)
        #expect(registry.entries.values.map(\.owner) == [alice.address])
    }

    @Test("only its owner changes a name, and burns nothing for it")
    func overwriting() throws {
        var registry = NameRegistry()
        let first = try registration(by: alice)
        #expect(try registry.apply(first, hardfork: 19, height: 3) == nil)
        let theft = try registration(by: mallory, account: 6)
        #expect(throws: NameRefusal(name: first.name, reason: .taken(by: alice.address))) {
            try registry.apply(theft, hardfork: 19, height: 4)
        }
        #expect(registry.entries[first.name]?.record == first.record)
        #expect(registry.price(of: first.name, hardfork: 19) == .zero)
        #expect(throws: NameRefusal(name: first.name, reason: .wrongPrice(burnt: .coins(7), price: .zero))) {
            try registry.apply(first, hardfork: 19, height: 4)
        }
        let change = try registration(by: alice, burning: 0, account: 2)
        let before = try registry.apply(change, hardfork: 19, height: 5)
        #expect(before == NameRegistry.Entry(owner: alice.address, record: first.record, height: 3))
        #expect(registry.entries[first.name]?.record == change.record)
        #expect(registry.entries[first.name]?.height == 5)
        registry.restore(before, of: first.name)
        #expect(registry.entries[first.name] == before)
        registry.restore(nil, of: first.name)
        #expect(registry == NameRegistry())
    }

    @Test("a transaction changed after signing is refused, whatever was changed")
    func signature() throws {
        let good = try registration(by: alice)
        var changed = Array(repeating: good, count: 6)
        changed[0].owner = mallory.address
        changed[1].name = NameHash(of: try SessionName("bob"))
        changed[2].record = try registration(by: alice, account: 2).record
        changed[3].burn = .coins(8)
        changed[4].nonce = 1
        changed[5].signature[0] ^= 1
        for transaction in changed {
            var registry = NameRegistry()
            #expect(throws: NameRefusal(name: transaction.name, reason: .badSignature)) {
                try registry.apply(transaction, hardfork: 19, height: 3)
            }
        }
        changed[0].sign(owner: mallory)
        var registry = NameRegistry()
        try registry.apply(changed[0], hardfork: 19, height: 3)
        #expect(Set((changed.dropLast() + [good]).map(\.id)).count == 6)
    }

    @Test("what is encoded decodes to the same transaction, with numbers up to 64 bits", arguments: [0, 7, UInt64.max])
    func coding(_ nonce: UInt64) throws {
        let transaction = try registration(by: alice, nonce: nonce)
        #expect(try NameRegistration(decoding: transaction.encoded) == transaction)
    }

    @Test("an encoding without one of its fields is refused with that field's name")
    func missingFields() throws {
        let encoded = try registration(by: alice).encoded
        let parsed = try Bencode(parsing: encoded)
        let fields = try #require(parsed.asDictionary)
        #expect(fields.count == 8)
        for field in fields.keys.sorted() {
            var rest = fields
            rest[field] = nil
            #expect(throws: NameDecodingError(field: field)) {
                try NameRegistration(decoding: Bencode.dictionary(rest).encoded)
            }
        }
        #expect(throws: NameDecodingError(field: nil)) { try NameRegistration(decoding: Bytes("d".utf8)) }
        #expect(throws: NameDecodingError(field: "owner")) {
            var short = fields
            short["owner"] = .bytes(Bytes(repeating: 1, count: 65))
            _ = try NameRegistration(decoding: Bencode.dictionary(short).encoded)
        }
    }
}
