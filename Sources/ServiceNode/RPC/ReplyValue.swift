import SessionProtocol

/// What a method answers, before it is known whether the caller speaks JSON or bencode (storage-node §0, §3.6).
indirect enum ReplyValue: Sendable, Equatable {
    case integer(Int64)
    case bool(Bool)
    case text(String)
    /// Base64 in JSON, raw in bencode.
    case blob(Bytes)
    case list([ReplyValue])
    case dictionary([String: ReplyValue])

    var json: JSON {
        switch self {
        case .integer(let value): .integer(value)
        case .bool(let flag): .bool(flag)
        case .text(let text): .string(text)
        case .blob(let bytes): .string(Base64.encode(bytes))
        case .list(let values): .array(values.map(\.json))
        case .dictionary(let values): .object(values.mapValues(\.json))
        }
    }

    var bencode: Bencode {
        switch self {
        case .integer(let value): .integer(value)
        case .bool(let flag): .bool(flag)
        case .text(let text): .text(text)
        case .blob(let bytes): .bytes(bytes)
        case .list(let values): .list(values.map(\.bencode))
        case .dictionary(let values): .dictionary(values.mapValues(\.bencode))
        }
    }
}

extension ReplyValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    init(arrayLiteral values: ReplyValue...) { self = .list(values) }
    init(dictionaryLiteral pairs: (String, ReplyValue)...) {
        self = .dictionary(Dictionary(pairs, uniquingKeysWith: { _, last in last }))
    }
}

/// One finished call: status, and a body that is text or a value.
struct RPCReply: Sendable, Equatable {
    enum Body: Sendable, Equatable {
        case text(String)
        case value([String: ReplyValue])
    }

    var status: Int
    var body: Body

    static func success(_ value: [String: ReplyValue]) -> RPCReply { RPCReply(status: 200, body: .value(value)) }

    /// The body's bytes in the caller's encoding; text stays text.
    func bytes(in encoding: RequestEncoding) -> Bytes {
        switch (body, encoding) {
        case (.text(let text), _): Bytes(text.utf8)
        case (.value(let value), .json): ReplyValue.dictionary(value).json.utf8
        case (.value(let value), .bencode): ReplyValue.dictionary(value).bencode.encoded
        }
    }
}

/// How a request, and therefore its answer, is written.
enum RequestEncoding: Sendable {
    case json
    case bencode
}

/// A call that ends here with an answer other than success.
struct Refusal: Error, Equatable {
    let reply: RPCReply

    init(_ status: Int, _ text: String) { reply = RPCReply(status: status, body: .text(text)) }

    init(_ reply: RPCReply) { self.reply = reply }

    /// A parameter error: 400 and the detail (storage-node §3.1).
    static func invalid(_ detail: String) -> Refusal { Refusal(400, "invalid request: \(detail)") }
}
