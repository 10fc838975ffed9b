import SessionProtocol

/// A quick mixing function over 64-bit words. It spreads its inputs evenly, the same on every machine, and resists
/// nobody who tries to find collisions.
struct WordMixer {
    /// Keeps equal inputs of unlike uses apart.
    enum Purpose: UInt64 {
        case scalar = 1
        case exponent, signingKey, agreementKey, strangeKey, sharedSecret, message, nonce, challenge, response
    }

    private var state: UInt64

    init(_ purpose: Purpose) {
        state = purpose.rawValue
    }

    /// One-to-one in the word, so that inputs that differ in one word never meet there.
    mutating func absorb(_ word: UInt64) {
        state = Self.scramble((state &+ Self.step) ^ word)
    }

    /// The first 32 bytes.
    mutating func absorb(key: Bytes) {
        for index in 0..<4 { absorb(Self.word(index, of: key)) }
    }

    /// Any number of bytes, and how many they are.
    mutating func absorb(text: Bytes) {
        absorb(UInt64(text.count))
        let wholeWords = text.count / 8
        for index in 0..<wholeWords { absorb(Self.word(index, of: text)) }
        var last: UInt64 = 0
        for byte in text[(8 * wholeWords)...] { last = last << 8 | UInt64(byte) }
        absorb(last)
    }

    /// The next word of an endless row.
    mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.scramble(state)
    }

    /// The next `count` · 8 bytes.
    mutating func next(words count: Int) -> Bytes {
        var bytes = Bytes()
        bytes.reserveCapacity(8 * count)
        for _ in 0..<count { Self.append(next(), to: &bytes) }
        return bytes
    }

    /// Little-endian bytes 8 `index` ..< 8 `index` + 8.
    static func word(_ index: Int, of bytes: Bytes) -> UInt64 {
        bytes.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
    }

    static func append(_ word: UInt64, to bytes: inout Bytes) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static let step: UInt64 = 0x9e37_79b9_7f4a_7c15

    /// The finalizer of SplitMix64.
    private static func scramble(_ word: UInt64) -> UInt64 {
        var mixed = word
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
