/// Raw bytes as they stand on the wire.
public typealias Bytes = [UInt8]

/// Base-16 text. Output is lower case; input may be either case.
public enum Hex {
    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
    }

    /// Two lower-case digits a byte.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String { encode(Bytes(bytes)) }

    /// As ``encode(_:)``, for what needs no copy.
    public static func encode(_ bytes: Bytes) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for (index, byte) in bytes.enumerated() {
                text[2 * index] = digit(byte >> 4)
                text[2 * index + 1] = digit(byte & 15)
            }
            return bytes.count * 2
        }
    }

    /// - Returns: `nil` when the text has an odd length or a character that is no hex digit.
    public static func decode(_ text: some StringProtocol) -> Bytes? {
        decode(utf8: text.utf8)
    }

    /// As ``decode(_:)``, over the text's UTF-8.
    public static func decode(utf8 text: some Collection<UInt8>) -> Bytes? {
        // Whole tables of keys are read this way; the buffer spares a call for every character.
        text.withContiguousStorageIfAvailable { decode(utf8: $0) }
            ?? Bytes(text).withUnsafeBufferPointer { decode(utf8: $0) }
    }

    /// As ``decode(_:)``, over the text's UTF-8 where it stands.
    public static func decode(utf8 text: UnsafeBufferPointer<UInt8>) -> Bytes? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var isHex = true
        let bytes = Bytes(unsafeUninitializedCapacity: text.count / 2) { bytes, count in
            for index in 0..<text.count / 2 {
                guard let high = value(of: text[2 * index]), let low = value(of: text[2 * index + 1]) else {
                    isHex = false
                    break
                }
                bytes[index] = high << 4 | low
                count = index + 1
            }
        }
        return isHex ? bytes : nil
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
