/// The human-oriented base-32 of `.snode` addresses: storage-node §0.
public enum Base32z {
    private static let alphabet = Array("ybndrfg8ejkmcpqxot1uwisza345h769".utf8)

    /// Big-endian bit packing, the last group filled with zero bits, no padding: 32 bytes give 52 characters.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text = Bytes()
        var group: UInt32 = 0
        var bits = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(group >> UInt32(bits) & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(group << UInt32(5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Either case; left-over bits are ignored.
    /// - Returns: `nil` for a character outside the alphabet.
    public static func decode(_ text: some StringProtocol) -> Bytes? {
        var bytes = Bytes()
        var group: UInt32 = 0
        var bits = 0
        for character in text.lowercased().utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            group = group << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return bytes
    }
}
