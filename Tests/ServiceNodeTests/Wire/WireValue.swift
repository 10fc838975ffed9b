import SessionProtocol

/// A parameter as a client means it, which each encoding writes in its own way (storage-node §3.1).
indirect enum WireValue: Sendable {
    case number(Int64)
    case fraction(Double)
    /// `true` in JSON, `i1e` in bencode.
    case flag(Bool)
    case text(String)
    /// Base64 in JSON, raw in bencode.
    case blob(Bytes)
    /// Hex in JSON, raw in bencode.
    case key(Bytes)
    case list([WireValue])
    case fields([String: WireValue])
    /// What only one of the encodings can say, or says differently.
    case either(JSON, Bencode)
    /// Leaves the field out.
    case absent

    var json: JSON? {
        switch self {
        case .number(let value): .integer(value)
        case .fraction(let value): .number(value)
        case .flag(let flag): .bool(flag)
        case .text(let text): .string(text)
        case .blob(let bytes): .string(Base64.encode(bytes))
        case .key(let bytes): .string(Hex.encode(bytes))
        case .list(let values): .array(values.compactMap(\.json))
        case .fields(let fields): .object(fields.compactMapValues(\.json))
        case .either(let json, _): json
        case .absent: nil
        }
    }

    var bencode: Bencode? {
        switch self {
        case .number(let value): .integer(value)
        // Bencode has no fractions: a text is wrong in the same way.
        case .fraction(let value): .text("\(value)")
        case .flag(let flag): .bool(flag)
        case .text(let text): .text(text)
        case .blob(let bytes), .key(let bytes): .bytes(bytes)
        case .list(let values): .list(values.compactMap(\.bencode))
        case .fields(let fields): .dictionary(fields.compactMapValues(\.bencode))
        case .either(_, let bencode): bencode
        case .absent: nil
        }
    }
}

extension WireValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral value: Int64) { self = .number(value) }
    init(booleanLiteral flag: Bool) { self = .flag(flag) }
    init(arrayLiteral values: WireValue...) { self = .list(values) }
    init(dictionaryLiteral pairs: (String, WireValue)...) {
        self = .fields(Dictionary(pairs, uniquingKeysWith: { _, last in last }))
    }
}
