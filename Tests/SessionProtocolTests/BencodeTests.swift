import SessionProtocol
import Testing

@Suite("Bencode")
struct BencodeTests {
    @Test(
        "A reader may limit how many values it takes, and those inside others count, be they read or dropped",
        arguments: [
            ("i1e", 1), ("le", 1), ("d1:ai1ee", 2), ("li1ei2e1:xe", 4), ("llleleee", 4), ("d1:bi1e1:ai2ee", 3),
        ])
    func limited(text: String, count: Int) throws {
        #expect(try Bencode(parsing: Bytes(text.utf8), mostValues: count) == Bencode(parsing: Bytes(text.utf8)))
        #expect {
            try Bencode(parsing: Bytes(text.utf8), mostValues: count - 1)
        } throws: {
            ($0 as? BencodeError)?.reason == .tooMany
        }
    }

    @Test(
        "Values write as their canonical bytes and read back",
        arguments: [
            (.integer(0), "i0e"), (.integer(-42), "i-42e"), (.integer(.min), "i-9223372036854775808e"),
            (.integer(.max), "i9223372036854775807e"), (.unsigned(.max), "i18446744073709551615e"),
            (.text(""), "0:"), (.text("spam"), "4:spam"), (.bool(true), "i1e"), (.list([]), "le"),
            (.list([.integer(1), .list([.text("a")])]), "li1el1:aee"), (.dictionary([:]), "de"),
            (.dictionary(["b": .integer(2), "a": .integer(1), "B": .integer(3)]), "d1:Bi3e1:ai1e1:bi2ee"),
        ] as [(Bencode, String)])
    func canonical(value: Bencode, text: String) throws {
        #expect(String(decoding: value.encoded, as: UTF8.self) == text)
        #expect(try Bencode(parsing: Bytes(text.utf8)) == value)
    }

    @Test(
        "Malformed input is refused with its reason",
        arguments: [
            ("", .truncated), ("i1", .truncated), ("4:spa", .badLength), ("l", .truncated), ("d", .truncated),
            ("d1:a", .truncated), ("d1:ai1e", .truncated), ("ie", .badInteger), ("i-e", .badInteger),
            ("i1-2e", .badInteger), ("i18446744073709551616e", .badInteger),
            ("i-9223372036854775809e", .badInteger), ("i000000000000000000001e", .badInteger), ("i 1e", .badInteger),
            ("99999999999:a", .badLength), ("9999999999:a", .badLength), ("5:abc", .badLength), ("1x:a", .badLength),
            ("di1ei2ee", .badKey), ("x", .unknownType), ("-1:a", .unknownType), ("l-1:ae", .unknownType),
        ] as [(String, BencodeError.Reason)])
    func malformed(text: String, reason: BencodeError.Reason) {
        let error = #expect(throws: BencodeError.self) { try Bencode(parsing: Bytes(text.utf8)) }
        #expect(error?.reason == reason, "\(text)")
    }

    @Test("A key that is no UTF-8 is refused")
    func binaryKey() {
        let error = #expect(throws: BencodeError.self) {
            try Bencode(parsing: Bytes("d1:".utf8) + [0xff] + Bytes("i1ee".utf8))
        }
        #expect(error?.reason == .badKey)
    }

    @Test("A key that does not come after all keys before it counts as absent, a repeated one too")
    func outOfOrderKeys() throws {
        let value = try Bencode(parsing: Bytes("d1:bi1e1:ai2e1:ci3e1:ci4e1:bi5ee".utf8))
        #expect(value == .dictionary(["b": .integer(1), "c": .integer(3)]))
    }

    @Test("Bytes after the value are ignored")
    func trailingBytes() throws {
        #expect(try Bencode(parsing: Bytes("i1egarbage".utf8)) == .integer(1))
    }

    @Test("Nesting is bounded at 64 levels, whatever nests")
    func depth() throws {
        let deep = { (levels: Int, open: String, close: String) in
            Bytes((String(repeating: open, count: levels) + "i1e" + String(repeating: close, count: levels)).utf8)
        }
        _ = try Bencode(parsing: deep(63, "l", "e"))
        for input in [deep(64, "l", "e"), deep(64, "d1:a", "e"), Bytes(String(repeating: "l", count: 1_000_000).utf8)] {
            let error = #expect(throws: BencodeError.self) { try Bencode(parsing: input) }
            #expect(error?.reason == .tooDeep)
        }
    }

    @Test("Every prefix of a message fails cleanly")
    func prefixes() throws {
        let whole = Bencode.dictionary([
            "data": .bytes([0, 1, 2]), "list": .list([.integer(-5), .unsigned(.max)]),
            "z": .dictionary(["k": .text("v")]),
        ]).encoded
        for length in whole.indices {
            #expect(throws: BencodeError.self) { try Bencode(parsing: Bytes(whole[..<length])) }
        }
    }

    @Test("A view as another type is nil")
    func views() {
        #expect(Bencode.integer(1).asBytes == nil)
        #expect(Bencode.unsigned(.max).asInteger == nil)
        #expect(Bencode.bytes([0xff]).asText == nil)
        #expect(Bencode.text("a")["a"] == nil)
        #expect(Bencode.dictionary(["a": .text("b")])["a"]?.asText == "b")
    }
}
