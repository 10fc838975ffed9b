/// Raw bytes as they stand on the wire.
public typealias Bytes = [UInt8]

/// Base-16 text. Output is lower case; input may be either case.
public enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two lower-case digits a byte.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text = Bytes()
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: `nil` when the text has an odd length or a character that is no hex digit.
    public static func decode(_ text: some StringProtocol) -> Bytes? {
        decode(utf8: text.utf8)
    }

    /// As ``decode(_:)``, over the text's UTF-8.
    public static func decode(utf8 text: some Collection<UInt8>) -> Bytes? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes = Bytes()
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            guard let nibble = value(of: character) else { return nil }
            if let first = high {
                bytes.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
