/// Standard-alphabet base64 with the reference's leniency on input.
///
/// Follows storage-node §0: output padded, input padded or not, left-over bits ignored. Foundation's decoder insists on
/// padding, which message hashes never carry.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    /// - Parameter padded: whether `=` completes the last group of four. Message hashes go without.
    public static func encode(_ bytes: Bytes, padded: Bool = true) -> String {
        String(decoding: encodeUTF8(bytes, padded: padded), as: UTF8.self)
    }

    /// As ``encode(_:padded:)``, as ASCII bytes.
    public static func encodeUTF8(_ bytes: Bytes, padded: Bool = true) -> Bytes {
        Bytes(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text, count in
            bytes.withUnsafeBufferPointer { bytes in
                alphabet.withUnsafeBufferPointer { count = write(bytes, in: $0, to: text, padded: padded) }
            }
        }
    }

    /// - Returns: the length of the text.
    private static func write(
        _ bytes: UnsafeBufferPointer<UInt8>, in alphabet: UnsafeBufferPointer<UInt8>,
        to text: UnsafeMutableBufferPointer<UInt8>, padded: Bool
    ) -> Int {
        var count = 0
        var index = 0
        func add(_ character: UInt8) {
            text.initializeElement(at: count, to: character)
            count += 1
        }
        while index + 2 < bytes.count {
            let group = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            add(alphabet[Int(group >> 18)])
            add(alphabet[Int(group >> 12 & 63)])
            add(alphabet[Int(group >> 6 & 63)])
            add(alphabet[Int(group & 63)])
            index += 3
        }
        let rest = bytes.count - index
        guard rest > 0 else { return count }
        let group = UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
        add(alphabet[Int(group >> 18)])
        add(alphabet[Int(group >> 12 & 63)])
        if rest == 2 { add(alphabet[Int(group >> 6 & 63)]) }
        if padded { for _ in rest..<3 { add(UInt8(ascii: "=")) } }
        return count
    }

    /// - Returns: `nil` for a foreign character, a length of 1 modulo 4, or `=` where it completes no group.
    public static func decode(_ text: some StringProtocol) -> Bytes? {
        var text = String(text)
        return text.withUTF8 { decode(utf8: $0) }
    }

    /// As ``decode(_:)``, over the text's ASCII bytes.
    public static func decode(utf8 text: UnsafeBufferPointer<UInt8>) -> Bytes? {
        var length = text.count
        if length.isMultiple(of: 4), length > 0, text[length - 1] == UInt8(ascii: "=") {
            length -= text[length - 2] == UInt8(ascii: "=") ? 2 : 1
        }
        guard length % 4 != 1 else { return nil }
        var isBase64 = true
        let bytes = Bytes(unsafeUninitializedCapacity: length / 4 * 3 + 2) { bytes, count in
            values.withUnsafeBufferPointer { values in
                var group: UInt32 = 0
                var bits = 0
                for index in 0..<length {
                    let value = values[Int(text[index])]
                    guard value != 255 else {
                        isBase64 = false
                        return
                    }
                    group = group << 6 | UInt32(value)
                    bits += 6
                    if bits >= 8 {
                        bits -= 8
                        bytes.initializeElement(at: count, to: UInt8(truncatingIfNeeded: group >> UInt32(bits)))
                        count += 1
                    }
                }
            }
        }
        return isBase64 ? bytes : nil
    }
}
