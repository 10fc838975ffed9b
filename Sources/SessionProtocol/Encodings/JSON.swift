/// A JSON value with exact 64-bit integers.
///
/// Swarm ids exceed 2^53 and method parameters are refused or accepted by whether a number is an integer, unsigned, or a
/// fraction, so the three are told apart here; Foundation's types blur them. Output is compact with keys in byte order,
/// as the reference prints it (storage-node §0).
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// Any integer that fits a signed 64-bit number.
    case integer(Int64)
    /// An integer above `Int64.max`. Smaller ones are always ``integer(_:)``.
    case unsigned(UInt64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// An unsigned number in its canonical case.
    public static func uint(_ value: UInt64) -> JSON {
        Int64(exactly: value).map(JSON.integer) ?? .unsigned(value)
    }

    /// A native integer.
    public static func int(_ value: Int) -> JSON { .integer(Int64(value)) }

    /// The value's compact text.
    public var text: String { String(decoding: utf8, as: UTF8.self) }

    /// The value's compact text as UTF-8.
    public var utf8: Bytes {
        var output = Bytes()
        output.reserveCapacity(Self.usualBytes)
        write(to: &output)
        return output
    }

    /// Room for most answers, so that few are copied while they grow.
    private static let usualBytes = 512

    /// Appends the value's compact text.
    public func write(to output: inout Bytes) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let flag): output.append(contentsOf: (flag ? "true" : "false").utf8)
        case .integer(let value): output.appendDecimal(value)
        case .unsigned(let value): output.appendDecimal(value)
        case .number(let value): output.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
        case .string(let text): Self.write(string: text, to: &output)
        case .array(let values):
            output.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                value.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let values):
            output.append(UInt8(ascii: "{"))
            var first = true
            for (key, value) in values.inByteOrder {
                if !first { output.append(UInt8(ascii: ",")) }
                first = false
                Self.write(string: key, to: &output)
                output.append(UInt8(ascii: ":"))
                value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a text in quotes, with what must be escaped.
    public static func write(string text: String, to output: inout Bytes) {
        output.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { text in
            // Messages are kilobytes without anything to escape: whole stretches are copied at once.
            var start = 0
            for index in text.indices where needsEscape(text[index]) {
                output.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
                escape(text[index], to: &output)
                start = index + 1
            }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Appends bytes as the text of their base64. None of its characters needs an escape.
    public static func write(base64 bytes: Bytes, to output: inout Bytes) {
        output.append(UInt8(ascii: "\""))
        output.append(contentsOf: Base64.encodeUTF8(bytes))
        output.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        // The quotation mark and the backslash.
        byte < 0x20 || byte == 0x22 || byte == 0x5c
    }

    private static func escape(_ byte: UInt8, to output: inout Bytes) {
        switch byte {
        case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
        case 0x08: output.append(contentsOf: "\\b".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case 0x0a: output.append(contentsOf: "\\n".utf8)
        case 0x0c: output.append(contentsOf: "\\f".utf8)
        case 0x0d: output.append(contentsOf: "\\r".utf8)
        default: output.append(contentsOf: "\\u00\(Hex.encode([byte]))".utf8)
        }
    }
}

extension Bytes {
    /// Appends a number's decimal text.
    mutating func appendDecimal(_ value: some FixedWidthInteger) {
        var text = String(value)
        text.withUTF8 { append(contentsOf: $0) }
    }
}

extension Dictionary where Key == String {
    /// The entries in the order of their keys' UTF-8, which is their order in JSON and bencode.
    public var inByteOrder: [(key: String, value: Value)] {
        var entries = Array(self)
        // Few as they nearly always are, and in no order, this takes half as long as a general sort.
        guard entries.count <= 16 else { return entries.sorted { $0.key.precedesByBytes($1.key) } }
        for index in entries.indices.dropFirst() {
            var place = index
            while place > 0, entries[place].key.precedesByBytes(entries[place - 1].key) {
                entries.swapAt(place, place - 1)
                place -= 1
            }
        }
        return entries
    }
}

extension String {
    /// Whether it comes before `other` in the order of their UTF-8, which is the order of keys in JSON and bencode.
    func precedesByBytes(_ other: String) -> Bool {
        var (left, right) = (self, other)
        return left.withUTF8 { left in right.withUTF8 { left.lexicographicallyPrecedes($0) } }
    }
}

/// Views of a value as the type a caller expects; `nil` when it is another.
extension JSON {
    public var asBool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var asString: String? { if case .string(let text) = self { text } else { nil } }
    public var asInteger: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var asUnsigned: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        default: nil
        }
    }
    public var asArray: [JSON]? { if case .array(let values) = self { values } else { nil } }
    public var asObject: [String: JSON]? { if case .object(let values) = self { values } else { nil } }

    /// A value of an object; `nil` when this is no object or has no such key.
    public subscript(_ key: String) -> JSON? { asObject?[key] }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral text: String) { self = .string(text) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral flag: Bool) { self = .bool(flag) }
    public init(arrayLiteral values: JSON...) { self = .array(values) }
    public init(dictionaryLiteral pairs: (String, JSON)...) {
        self = .object(Dictionary(pairs, uniquingKeysWith: { _, last in last }))
    }
}
