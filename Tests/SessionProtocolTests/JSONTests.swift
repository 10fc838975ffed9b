import SessionProtocol
import Testing

@Suite("JSON")
struct JSONTests {
    @Test(
        "64-bit integers stay exact, and integers, unsigned and fractions are told apart",
        arguments: [
            ("0", .integer(0)), ("-0", .integer(0)), ("9007199254740993", .integer(9_007_199_254_740_993)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .unsigned(9_223_372_036_854_775_808)), ("18446744073709551615", .unsigned(.max)),
            ("18446744073709551616", .number(18_446_744_073_709_551_616)), ("1.0", .number(1)), ("1e2", .number(100)),
            ("-2.5E-1", .number(-0.25)),
        ] as [(String, JSON)])
    func numbers(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
    }

    @Test(
        "A reader may limit how many values it takes, and those inside others count",
        arguments: [
            ("1", 1), ("[]", 1), (#"{"a":1}"#, 2), ("[1,2,3]", 4), ("[[[]],[]]", 4), (#"{"a":[1],"b":{"c":"d"}}"#, 5),
            ("[null,true,1.5]", 4),
        ])
    func limited(text: String, count: Int) throws {
        #expect(try JSON(parsing: Bytes(text.utf8), mostValues: count) == JSON(parsing: text))
        #expect {
            try JSON(parsing: Bytes(text.utf8), mostValues: count - 1)
        } throws: {
            ($0 as? JSONError)?.reason == .tooMany
        }
    }

    @Test(
        "Escapes and raw UTF-8 give the text they stand for",
        arguments: [
            (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9""#, "Aé"),
            (#""\ud83d\ude00""#, "😀"), (#""\uD83D\uDE00x""#, "😀x"), (#""é😀""#, "é😀"), (#""\u0000""#, "\0"),
        ])
    func strings(text: String, expected: String) throws {
        #expect(try JSON(parsing: text) == .string(expected))
    }

    @Test(
        "Keys come in the order of their bytes, few or many, in JSON and in bencode",
        arguments: [0, 1, 2, 5, 16, 17, 200])
    func keyOrder(count: Int) {
        // Some are the beginnings of others, some are not ASCII.
        let keys = (0..<count).map { "\($0 * 7919 % 211)" + ($0.isMultiple(of: 3) ? "é" : "") }
        let sorted = Set(keys).sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        let json = JSON.object(Dictionary(keys.map { ($0, .null) }) { $1 })
        #expect(json.text == "{" + sorted.map { "\"\($0)\":null" }.joined(separator: ",") + "}")
        let bencode = Bencode.dictionary(Dictionary(keys.map { ($0, .integer(-1)) }) { $1 })
        #expect(bencode.encoded == Bytes(("d" + sorted.map { "\($0.utf8.count):\($0)i-1e" }.joined() + "e").utf8))
    }

    @Test(
        "Malformed text is refused with its reason",
        arguments: [
            ("", .truncated), (" ", .truncated), ("[", .truncated), ("[1", .truncated), ("{", .truncated),
            (#"{"a""#, .truncated), (#"{"a":"#, .truncated), (#"{"a":1"#, .truncated), (#""abc"#, .truncated),
            (#""abc\"#, .truncated), (#""a\n"#, .truncated),
            ("tru", .unexpected), ("nul", .unexpected), ("True", .unexpected), ("[1,]", .unexpected),
            ("[,1]", .unexpected), (#"{"a":1,}"#, .unexpected), (#"{"a" 1}"#, .unexpected), ("{1:2}", .unexpected),
            ("[1 2]", .unexpected), ("// c\n1", .unexpected), ("NaN", .unexpected), ("+1", .unexpected),
            (".5", .unexpected), ("'a'", .unexpected), ("\u{feff}1", .unexpected),
            ("01", .badNumber), ("-", .badNumber), ("-01", .badNumber), ("1.", .badNumber), ("1.e1", .badNumber),
            ("1e", .badNumber), ("1e+", .badNumber), ("1e999", .badNumber),
            ("\"a\nb\"", .badString), (#""\x""#, .badString), (#""\u12""#, .badString), (#""\u12g4""#, .badString),
            (#""\ud800""#, .badString), (#""\ud800\u0041""#, .badString), (#""\udc00""#, .badString),
            ("1 2", .trailing), ("{}x", .trailing), ("[]]", .trailing), ("null,", .trailing), ("truex", .trailing),
        ] as [(String, JSONError.Reason)])
    func malformed(text: String, reason: JSONError.Reason) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
        #expect(error?.reason == reason, "\(text)")
    }

    @Test(
        "Bytes that are no UTF-8 are refused inside strings, with and without escapes",
        arguments: [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]] as [Bytes])
    func invalidUTF8(bytes: Bytes) {
        for prefix in ["\"", "\"\\n"] {
            #expect(throws: JSONError.self) { try JSON(parsing: Bytes(prefix.utf8) + bytes + [UInt8(ascii: "\"")]) }
        }
    }

    @Test("The last of a repeated key counts")
    func duplicates() throws {
        #expect(try JSON(parsing: #"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
    }

    @Test("White space is allowed around everything, inside a part of a larger buffer too")
    func whiteSpace() throws {
        let text = Bytes("xx \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n".utf8)
        #expect(try JSON(parsing: text[2...]) == ["a": [1, 2], "b": [:]])
        let error = #expect(throws: JSONError.self) { try JSON(parsing: Bytes("xx[1 2]".utf8)[2...]) }
        #expect(error?.offset == 4, "the offset counts from the start of the part")
    }

    @Test("Output is compact with keys in byte order, and reads back as itself")
    func output() throws {
        let value: JSON = [
            "b": [1, .null, true, .number(0.5), .unsigned(.max)], "a": "q\"\\\n\u{1}é", "B": [:], "ä": [],
        ]
        let text = #"{"B":{},"a":"q\"\\\n\u0001é","b":[1,null,true,0.5,18446744073709551615],"ä":[]}"#
        #expect(value.text == text)
        #expect(try JSON(parsing: text) == value)
        #expect(JSON.uint(5) == .integer(5))
        #expect(JSON.uint(.max) == .unsigned(.max))
    }

    @Test("Nesting is bounded at 128 levels")
    func depth() throws {
        let deep = { (levels: Int) in String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        _ = try JSON(parsing: deep(128))
        for text in [deep(129), String(repeating: "[", count: 1_000_000), String(repeating: #"{"a":"#, count: 200)] {
            let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
            #expect(error?.reason == .tooDeep)
        }
    }

    @Test("A view as another type is nil, and a negative number is not unsigned")
    func views() {
        #expect(JSON.integer(-1).asUnsigned == nil)
        #expect(JSON.integer(7).asUnsigned == 7)
        #expect(JSON.number(1).asInteger == nil)
        #expect(JSON.unsigned(.max).asInteger == nil)
        #expect(JSON.string("a")["a"] == nil)
        #expect(JSON.null.asBool == nil)
    }
}
