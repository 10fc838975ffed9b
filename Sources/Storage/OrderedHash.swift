import SessionProtocol

/// Message hashes as 33 bytes, six bits a character, which sort as the text of the hashes does. In a file they take
/// less room than the text, and unlike a decoded digest they keep every text apart, left-over bits included.
enum OrderedHash {
    static let byteCount = 33

    /// The characters of base64 in the order of their bytes.
    private static let characters = Array("+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let ranks: [UInt8] = {
        var ranks = [UInt8](repeating: 0, count: 256)
        for (rank, character) in characters.enumerated() { ranks[Int(character)] = UInt8(rank) }
        return ranks
    }()

    fileprivate static func pack(_ text: String) -> Bytes {
        var text = text
        return Bytes(unsafeUninitializedCapacity: byteCount) { packed, count in
            text.withUTF8 { characters in
                var group: UInt32 = 0
                var bits: UInt32 = 0
                for character in characters {
                    group = group << 6 | UInt32(ranks[Int(character)])
                    bits += 6
                    guard bits >= 8 else { continue }
                    bits -= 8
                    packed[count] = UInt8(truncatingIfNeeded: group >> bits)
                    count += 1
                }
                // 43 characters are 258 bits: the last byte holds two.
                packed[count] = UInt8(truncatingIfNeeded: group << (8 - bits))
                count += 1
            }
        }
    }

    /// - Returns: `nil` unless these are 33 bytes that a hash's text was packed to.
    static func unpack(_ packed: UnsafeRawBufferPointer) -> MessageHash? {
        guard packed.count == byteCount, packed[byteCount - 1] & 0x3f == 0 else { return nil }
        let text = String(unsafeUninitializedCapacity: 43) { text in
            var group: UInt32 = 0
            var bits: UInt32 = 0
            var next = 0
            for index in 0..<43 {
                if bits < 6 {
                    group = group << 8 | UInt32(packed[next])
                    next += 1
                    bits += 8
                }
                bits -= 6
                text[index] = characters[Int(group >> bits & 63)]
            }
            return 43
        }
        return MessageHash(text: text)
    }
}

extension MessageHash {
    /// See ``OrderedHash``.
    var ordered: Bytes { OrderedHash.pack(text) }
}
