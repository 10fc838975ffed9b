/// A bencoded value (BEP-3), the compact encoding of node-to-node traffic: storage-node §0.
public enum Bencode: Sendable, Equatable {
    /// Any integer that fits a signed 64-bit number.
    case integer(Int64)
    /// An integer above `Int64.max`. Smaller ones are always ``integer(_:)``.
    case unsigned(UInt64)
    case bytes(Bytes)
    case list([Bencode])
    case dictionary([String: Bencode])

    /// A text as its UTF-8 bytes.
    public static func text(_ text: String) -> Bencode { .bytes(Bytes(text.utf8)) }

    /// Booleans travel as 0 and 1.
    public static func bool(_ flag: Bool) -> Bencode { .integer(flag ? 1 : 0) }

    /// The value's bytes, dictionary keys in ascending byte order.
    public var encoded: Bytes {
        var output = Bytes()
        write(to: &output)
        return output
    }

    private func write(to output: inout Bytes) {
        switch self {
        case .integer(let value): Self.write(value, to: &output)
        case .unsigned(let value): Self.write(value, to: &output)
        case .bytes(let bytes): bytes.withUnsafeBufferPointer { Self.write($0, to: &output) }
        case .list(let values):
            output.append(UInt8(ascii: "l"))
            for value in values { value.write(to: &output) }
            output.append(UInt8(ascii: "e"))
        case .dictionary(let values):
            output.append(UInt8(ascii: "d"))
            for (key, value) in values.inByteOrder {
                var key = key
                key.withUTF8 { Self.write($0, to: &output) }
                value.write(to: &output)
            }
            output.append(UInt8(ascii: "e"))
        }
    }

    private static func write(_ value: some FixedWidthInteger, to output: inout Bytes) {
        output.append(UInt8(ascii: "i"))
        output.appendDecimal(value)
        output.append(UInt8(ascii: "e"))
    }

    private static func write(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout Bytes) {
        output.appendDecimal(bytes.count)
        output.append(UInt8(ascii: ":"))
        output.append(contentsOf: bytes)
    }
}

/// Views of a value as the type a caller expects; `nil` when it is another.
extension Bencode {
    public var asBytes: Bytes? { if case .bytes(let bytes) = self { bytes } else { nil } }
    public var asText: String? { asBytes.flatMap { String(validating: $0, as: UTF8.self) } }
    public var asInteger: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var asUnsigned: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        default: nil
        }
    }
    public var asList: [Bencode]? { if case .list(let values) = self { values } else { nil } }
    public var asDictionary: [String: Bencode]? { if case .dictionary(let values) = self { values } else { nil } }

    /// A value of a dictionary; `nil` when this is no dictionary or has no such key.
    public subscript(_ key: String) -> Bencode? { asDictionary?[key] }
}
