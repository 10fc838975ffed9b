/// Why a text is not JSON. `offset` counts UTF-8 bytes from the start.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    public enum Reason: String, Sendable {
        case truncated = "input ends inside a value"
        case unexpected = "unexpected character"
        case badNumber = "malformed number"
        case badString = "malformed string"
        case tooDeep = "values are nested too deeply"
        case trailing = "characters after the value"
        case tooMany = "more values than its reader takes"
    }
    public let reason: Reason
    public let offset: Int

    public var description: String { "JSON: \(reason.rawValue), at byte \(offset)" }
}

extension JSON {
    /// Nesting beyond this is refused: it bounds the stack a hostile peer can use.
    static let deepestNesting = 128

    /// Reads exactly one value; white space around it is allowed, anything else is an error.
    public init(parsing text: some StringProtocol) throws(JSONError) {
        try self.init(parsing: Bytes(text.utf8))
    }

    /// As ``init(parsing:)-(StringProtocol)``, over UTF-8.
    ///
    /// - Parameter mostValues: with more, those inside others included, it is an error. A value takes many times the
    ///   memory of its text, so whoever reads what a stranger wrote sets a limit.
    public init(parsing utf8: Bytes, mostValues: Int = .max) throws(JSONError) {
        self = try utf8.withUnsafeBufferPointer { utf8 throws(JSONError) in
            var parser = JSONParser(input: utf8, valuesLeft: mostValues)
            return try parser.document()
        }
    }

    /// As ``init(parsing:)-(StringProtocol)``, over part of a buffer.
    public init(parsing utf8: ArraySlice<UInt8>) throws(JSONError) {
        self = try utf8.withUnsafeBufferPointer { utf8 throws(JSONError) in
            var parser = JSONParser(input: utf8, valuesLeft: .max)
            return try parser.document()
        }
    }
}

private struct JSONParser {
    let input: UnsafeBufferPointer<UInt8>
    var offset = 0
    private var valuesLeft: Int

    init(input: UnsafeBufferPointer<UInt8>, valuesLeft: Int) {
        self.input = input
        self.valuesLeft = valuesLeft
    }

    func failure(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, offset: offset) }

    mutating func document() throws(JSONError) -> JSON {
        let result = try value(depth: 0)
        skipSpace()
        guard offset == input.endIndex else { throw failure(.trailing) }
        return result
    }

    mutating func skipSpace() {
        while offset < input.endIndex {
            switch input[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            default: return
            }
        }
    }

    mutating func next() throws(JSONError) -> UInt8 {
        guard offset < input.endIndex else { throw failure(.truncated) }
        defer { offset += 1 }
        return input[offset]
    }

    mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth < JSON.deepestNesting else { throw failure(.tooDeep) }
        guard valuesLeft > 0 else { throw failure(.tooMany) }
        valuesLeft -= 1
        skipSpace()
        guard offset < input.endIndex else { throw failure(.truncated) }
        switch input[offset] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func word(_ text: String, _ result: JSON) throws(JSONError) -> JSON {
        guard input[offset...].starts(with: text.utf8) else { throw failure(.unexpected) }
        offset += text.utf8.count
        return result
    }

    mutating func array(depth: Int) throws(JSONError) -> JSON {
        offset += 1
        var values: [JSON] = []
        skipSpace()
        if offset < input.endIndex, input[offset] == UInt8(ascii: "]") {
            offset += 1
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            switch try next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "]"): return .array(values)
            default: throw failure(.unexpected)
            }
        }
    }

    mutating func object(depth: Int) throws(JSONError) -> JSON {
        offset += 1
        var values: [String: JSON] = [:]
        skipSpace()
        if offset < input.endIndex, input[offset] == UInt8(ascii: "}") {
            offset += 1
            return .object(values)
        }
        while true {
            skipSpace()
            guard offset < input.endIndex else { throw failure(.truncated) }
            guard input[offset] == UInt8(ascii: "\"") else { throw failure(.unexpected) }
            let key = try string()
            skipSpace()
            guard try next() == UInt8(ascii: ":") else { throw failure(.unexpected) }
            values[key] = try value(depth: depth + 1)
            skipSpace()
            switch try next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "}"): return .object(values)
            default: throw failure(.unexpected)
            }
        }
    }

    mutating func number() throws(JSONError) -> JSON {
        let start = offset
        if input[offset] == UInt8(ascii: "-") { offset += 1 }
        let integerStart = offset
        skipDigits()
        let integerDigits = offset - integerStart
        guard integerDigits > 0 else { throw failure(offset == start ? .unexpected : .badNumber) }
        guard integerDigits == 1 || input[integerStart] != UInt8(ascii: "0") else { throw failure(.badNumber) }
        var isInteger = true
        if offset < input.endIndex, input[offset] == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            let fractionStart = offset
            skipDigits()
            guard offset > fractionStart else { throw failure(.badNumber) }
        }
        if offset < input.endIndex, input[offset] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            if offset < input.endIndex, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(input[offset]) { offset += 1 }
            let exponentStart = offset
            skipDigits()
            guard offset > exponentStart else { throw failure(.badNumber) }
        }
        let text = String(decoding: input[start..<offset], as: UTF8.self)
        if isInteger {
            if let value = Int64(text) { return .integer(value) }
            if let value = UInt64(text) { return .unsigned(value) }
        }
        guard let value = Double(text), value.isFinite else { throw failure(.badNumber) }
        return .number(value)
    }

    mutating func skipDigits() {
        while offset < input.endIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(input[offset]) { offset += 1 }
    }

    mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        while offset < input.endIndex {
            let byte = input[offset]
            if byte == UInt8(ascii: "\"") {
                let text = String(validating: UnsafeBufferPointer(rebasing: input[start..<offset]), as: UTF8.self)
                guard let text else { throw failure(.badString) }
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw failure(.badString) }
            offset += 1
        }
        throw failure(.truncated)
    }

    /// The slow path: `offset` stands at the first backslash.
    mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var text = Bytes(input[start..<offset])
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else { throw failure(.badString) }
                return result
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw failure(.badString)
            default: text.append(byte)
            }
        }
    }

    mutating func escape(into text: inout Bytes) throws(JSONError) {
        switch try next() {
        case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): text.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = UInt32(try hexQuad())
            if (0xd800..<0xdc00).contains(code) {
                guard try next() == UInt8(ascii: "\\"), try next() == UInt8(ascii: "u") else {
                    throw failure(.badString)
                }
                let low = UInt32(try hexQuad())
                guard (0xdc00..<0xe000).contains(low) else { throw failure(.badString) }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure(.badString) }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: throw failure(.badString)
        }
    }

    mutating func hexQuad() throws(JSONError) -> UInt16 {
        guard input.endIndex - offset >= 4,
            let bytes = Hex.decode(utf8: UnsafeBufferPointer(rebasing: input[offset..<offset + 4]))
        else {
            throw failure(.badString)
        }
        offset += 4
        return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    }
}
