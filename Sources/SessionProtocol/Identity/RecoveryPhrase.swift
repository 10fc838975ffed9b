/// An account's secret as words that people write down: three words for every four bytes, and one more that repeats a
/// word chosen by a checksum (clients.md §2).
public enum RecoveryPhrase {
    /// The length of an account's secret.
    public static let secretBytes = 16
    /// Words of a phrase, without the checksum's.
    static let dataWords = 12

    /// Why words are no recovery phrase. The words themselves are a secret, so none is named.
    public enum Malformed: Error, Equatable, CustomStringConvertible {
        /// Twelve words are too few as well: the last one proves the others.
        case tooFewWords(Int)
        case tooManyWords(Int)
        /// The word at this place, counted from 1, is not in the list.
        case unknownWord(at: Int)
        /// The last word is not the one that the others ask for: one of them is wrong, or their order is.
        case wrongChecksum

        public var description: String {
            switch self {
            case .tooFewWords(let count): "the recovery phrase has \(count) words; it needs \(dataWords + 1)"
            case .tooManyWords(let count): "the recovery phrase has \(count) words; it needs \(dataWords + 1)"
            case .unknownWord(let place):
                "word \(place) of the recovery phrase is not in the word list; check its spelling"
            case .wrongChecksum: "the recovery phrase's last word does not fit; check the words and their order"
            }
        }
    }

    /// The phrase that spells a secret, its words separated by single spaces.
    ///
    /// - Precondition: `secret` has ``secretBytes`` bytes.
    public static func encode(_ secret: Bytes) -> String {
        precondition(secret.count == secretBytes, "a secret has \(secretBytes) bytes, not \(secret.count)")
        let count = UInt64(RecoveryWords.all.count)
        var words: [String] = []
        for start in stride(from: 0, to: secretBytes, by: 4) {
            let value = secret[start..<start + 4].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let first = value % count
            let second = (value / count + first) % count
            let third = (value / count / count + second) % count
            words += [first, second, third].map { RecoveryWords.all[Int($0)] }
        }
        words.append(words[checksumPlace(of: words.map(prefix))])
        return words.joined(separator: " ")
    }

    /// The secret that a phrase spells. Only the first three letters of each word are looked at, and capitals are other
    /// letters; any white space separates words.
    ///
    /// Every word is looked up before the checksum is compared. Three words can spell more than fits into four bytes;
    /// what is over is dropped, as every client does.
    public static func decode(_ phrase: String) throws(Malformed) -> Bytes {
        let prefixes = phrase.split(whereSeparator: \.isWhitespace).map { prefix(String($0)) }
        guard prefixes.count > dataWords else { throw .tooFewWords(prefixes.count) }
        guard prefixes.count == dataWords + 1 else { throw .tooManyWords(prefixes.count) }
        let data = Array(prefixes.dropLast())
        var numbers: [UInt64] = []
        for (place, word) in data.enumerated() {
            guard let number = RecoveryWords.numbers[word] else { throw .unknownWord(at: place + 1) }
            numbers.append(number)
        }
        guard prefixes[dataWords] == data[checksumPlace(of: data)] else { throw .wrongChecksum }
        let count = UInt64(RecoveryWords.all.count)
        var secret: Bytes = []
        for start in stride(from: 0, to: dataWords, by: 3) {
            let (first, second, third) = (numbers[start], numbers[start + 1], numbers[start + 2])
            let value = first + count * ((count - first + second) % count + count * ((count - second + third) % count))
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian) { secret.append(contentsOf: $0) }
        }
        return secret
    }

    private static func prefix(_ word: String) -> String { String(word.prefix(RecoveryWords.prefixLength)) }

    /// Which of the words is repeated at the end.
    private static func checksumPlace(of prefixes: [String]) -> Int {
        Int(crc32(prefixes.joined().utf8) % UInt32(dataWords))
    }

    /// The checksum of Ethernet and zip files.
    private static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { checksum, byte in
            (0..<8).reduce(checksum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xedb8_8320) }
        }
    }
}
