/// Why bytes are not bencode. `offset` counts from the first byte of the input.
public struct BencodeError: Error, Equatable, CustomStringConvertible {
    public enum Reason: String, Sendable {
        case truncated = "input ends inside a value"
        case badInteger = "an integer is malformed or does not fit 64 bits"
        case badLength = "a string length is malformed or reaches past the input"
        case badKey = "a dictionary key is no UTF-8 string"
        case unknownType = "no value starts with this byte"
        case tooDeep = "values are nested too deeply"
        case tooMany = "more values than its reader takes"
    }
    public let reason: Reason
    public let offset: Int

    public var description: String { "bencode: \(reason.rawValue), at byte \(offset)" }
}

extension Bencode {
    /// Nesting beyond this is refused: it bounds the stack a hostile peer can use.
    static let deepestNesting = 64

    /// Reads one value from the start of `input`; bytes after it are ignored, as the reference ignores them.
    ///
    /// A dictionary key that does not come after all keys before it is dropped: readers scan forward for each wanted key and
    /// never back up, so an out-of-order key counts as absent (storage-node §0).
    ///
    /// - Parameter mostValues: with more, those inside others included, it is an error. A value takes many times the
    ///   memory of its text, so whoever reads what a stranger wrote sets a limit.
    public init(parsing input: Bytes, mostValues: Int = .max) throws(BencodeError) {
        self = try input.withUnsafeBufferPointer { input throws(BencodeError) in
            var reader = Reader(input: input, valuesLeft: mostValues)
            return try reader.value(depth: 0)
        }
    }

    private struct Reader {
        let input: UnsafeBufferPointer<UInt8>
        var offset = 0
        var valuesLeft: Int

        init(input: UnsafeBufferPointer<UInt8>, valuesLeft: Int) {
            self.input = input
            self.valuesLeft = valuesLeft
        }

        func failure(_ reason: BencodeError.Reason) -> BencodeError { BencodeError(reason: reason, offset: offset) }

        mutating func value(depth: Int) throws(BencodeError) -> Bencode {
            guard depth < Bencode.deepestNesting else { throw failure(.tooDeep) }
            guard valuesLeft > 0 else { throw failure(.tooMany) }
            valuesLeft -= 1
            switch try peek() {
            case UInt8(ascii: "i"): return try integer()
            case UInt8(ascii: "0")...UInt8(ascii: "9"): return .bytes(Bytes(try string()))
            case UInt8(ascii: "l"): return .list(try list(depth: depth))
            case UInt8(ascii: "d"): return .dictionary(try dictionary(depth: depth))
            default: throw failure(.unknownType)
            }
        }

        func peek() throws(BencodeError) -> UInt8 {
            guard offset < input.count else { throw failure(.truncated) }
            return input[offset]
        }

        mutating func integer() throws(BencodeError) -> Bencode {
            offset += 1
            let text = try digits(upTo: UInt8(ascii: "e"), longest: 20, else: .badInteger)
            if let value = Int64(text) { return .integer(value) }
            guard let value = UInt64(text) else { throw failure(.badInteger) }
            return .unsigned(value)
        }

        mutating func string() throws(BencodeError) -> UnsafeBufferPointer<UInt8> {
            let text = try digits(upTo: UInt8(ascii: ":"), longest: 10, else: .badLength)
            guard let length = Int(text), length >= 0, length <= input.count - offset else { throw failure(.badLength) }
            defer { offset += length }
            return UnsafeBufferPointer(rebasing: input[offset..<offset + length])
        }

        mutating func digits(
            upTo end: UInt8, longest: Int, else reason: BencodeError.Reason
        ) throws(BencodeError) -> String {
            let start = offset
            while try peek() != end {
                let byte = input[offset]
                let isSign = byte == UInt8(ascii: "-") && offset == start
                guard isSign || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), offset - start < longest else {
                    throw failure(reason)
                }
                offset += 1
            }
            defer { offset += 1 }
            return String(decoding: input[start..<offset], as: UTF8.self)
        }

        mutating func list(depth: Int) throws(BencodeError) -> [Bencode] {
            offset += 1
            var values: [Bencode] = []
            while try peek() != UInt8(ascii: "e") { values.append(try value(depth: depth + 1)) }
            offset += 1
            return values
        }

        mutating func dictionary(depth: Int) throws(BencodeError) -> [String: Bencode] {
            offset += 1
            var values: [String: Bencode] = [:]
            var last: UnsafeBufferPointer<UInt8>?
            while try peek() != UInt8(ascii: "e") {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(input[offset]) else { throw failure(.badKey) }
                let key = try string()
                let entry = try value(depth: depth + 1)
                if let last, !last.lexicographicallyPrecedes(key) { continue }
                guard let name = String(validating: key, as: UTF8.self) else { throw failure(.badKey) }
                values[name] = entry
                last = key
            }
            offset += 1
            return values
        }
    }
}
