import SessionProtocol
import Testing

@Suite("Hex, base64 and base32z")
struct TextEncodingTests {
    @Test("Bytes of every length survive each encoding")
    func roundTrips() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + count) }
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64.decode(Base64.encode(bytes, padded: false)) == bytes)
            #expect(Base64.encode(bytes).utf8.count.isMultiple(of: 4))
            #expect(Base32z.decode(Base32z.encode(bytes)) == bytes)
            #expect(Base32z.encode(bytes).utf8.count == (count * 8 + 4) / 5)
        }
    }

    @Test(
        "Hex is lower case out, either case in, and nothing else",
        arguments: [
            ("", []), ("00fF", [0x00, 0xff]), ("DEADbeef", [0xde, 0xad, 0xbe, 0xef]),
            ("0", nil), ("0g", nil), ("0 ", nil), ("0x00", nil), ("ää", nil), ("１１", nil),
        ] as [(String, Bytes?)])
    func hex(text: String, bytes: Bytes?) {
        #expect(Hex.decode(text) == bytes)
        if let bytes { #expect(Hex.encode(bytes) == text.lowercased()) }
    }

    @Test(
        "Base64 takes input with and without padding, ignores left-over bits, and refuses the rest",
        arguments: [
            ("", []), ("Zg==", [0x66]), ("Zg", [0x66]), ("Zm8=", [0x66, 0x6f]), ("Zm8", [0x66, 0x6f]),
            ("Zm9v", [0x66, 0x6f, 0x6f]), ("+/+/", [0xfb, 0xff, 0xbf]), ("Zh", [0x66]), ("Zv==", [0x66]),
            ("Z", nil), ("Zm9vZ", nil), ("=", nil), ("====", nil), ("Z===", nil), ("Zg=", nil), ("Zm8==", nil),
            ("Zg==Zg==", nil), ("Zm9v=", nil), ("-_-_", nil), ("Zm9v\n", nil), ("Zm 9", nil), ("Zmé=", nil),
        ] as [(String, Bytes?)])
    func base64(text: String, bytes: Bytes?) {
        #expect(Base64.decode(text) == bytes)
    }

    @Test(
        "Base32z takes either case and refuses characters outside its alphabet",
        arguments: [
            ("", []), ("yy", [0]), ("YY", [0]), ("99", [0xff]), ("y", []), ("vy", nil), ("0y", nil), ("y y", nil),
        ]
            as [(String, Bytes?)])
    func base32z(text: String, bytes: Bytes?) {
        #expect(Base32z.decode(text) == bytes)
    }

    @Test("A 32-byte key makes a 52-character address")
    func snodeAddress() throws {
        let key = try #require(
            LegacyPublicKey(hex: "2a18429c69a28a6749c269f0e578a9a7d1539df9d3ed1ef14396c0da5cb86573"))
        #expect(key.snodeAddress == "fecrf8djwkfgq1qnp8aqk6fjw9ei88x34xst7hkd15ypwzfaci3o.snode")
    }

    @Test(
        "Digits and nothing else are a number, as far as it fits",
        arguments: [
            ("0", 0), ("007", 7), ("255", 255), ("256", nil), ("300", nil), ("2550", nil), ("", nil), ("+1", nil),
            ("-1", nil), (" 1", nil), ("1 ", nil), ("1a", nil), ("١", nil),
        ] as [(String, UInt8?)])
    func digits(text: String, number: UInt8?) {
        #expect(UInt8(digits: text) == number)
        #expect(Int64(digits: "9223372036854775807") == .max && Int64(digits: "9223372036854775808") == nil)
    }
}
