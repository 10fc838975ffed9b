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
    /// What somebody else said, passed on as it is.
    case quoted(JSON)

    var json: JSON {
        switch self {
        case .integer(let value): .integer(value)
        case .bool(let flag): .bool(flag)
        case .text(let text): .string(text)
        case .blob(let bytes): .string(Base64.encode(bytes))
        case .list(let values): .array(values.map(\.json))
        case .dictionary(let values): .object(values.mapValues(\.json))
        case .quoted(let value): value
        }
    }

    /// The text of ``json``, without making that: messages are long, and each would be copied three times more.
    var jsonUTF8: Bytes {
        var output = Bytes()
        writeJSON(to: &output)
        return output
    }

    private func writeJSON(to output: inout Bytes) {
        switch self {
        case .integer, .bool, .quoted: json.write(to: &output)
        case .text(let text): JSON.write(string: text, to: &output)
        case .blob(let bytes): JSON.write(base64: bytes, to: &output)
        case .list(let values):
            output.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                value.writeJSON(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .dictionary(let values):
            output.append(UInt8(ascii: "{"))
            for (index, entry) in values.inByteOrder.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSON.write(string: entry.key, to: &output)
                output.append(UInt8(ascii: ":"))
                entry.value.writeJSON(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// - Throws: ``InexpressibleInBencode``.
    var bencode: Bencode {
        get throws {
            switch self {
            case .integer(let value): return .integer(value)
            case .bool(let flag): return .bool(flag)
            case .text(let text): return .text(text)
            case .blob(let bytes): return .bytes(bytes)
            case .list(let values):
                return .list(try values.map { try $0.bencode })
            case .dictionary(let values):
                return .dictionary(try values.mapValues { try $0.bencode })
            case .quoted(let value): return try Bencode(quoting: value)
            }
        }
    }
}

/// A fraction or a null, which bencode has no form for (storage-node §0).
struct InexpressibleInBencode: Error {}

extension Bencode {
    fileprivate init(quoting json: JSON) throws {
        switch json {
        case .null, .number: throw InexpressibleInBencode()
        case .bool(let flag): self = .bool(flag)
        case .integer(let value): self = .integer(value)
        case .unsigned(let value): self = .unsigned(value)
        case .string(let text): self = .text(text)
        case .array(let values):
            self = .list(try values.map { try Bencode(quoting: $0) })
        case .object(let values):
            self = .dictionary(
                try values.mapValues { try Bencode(quoting: $0) })
        }
    }
}

extension ReplyValue {
    /// The hashes' text in the order given.
    static func hashes(_ hashes: [MessageHash]) -> ReplyValue { .list(hashes.map { .text($0.text) }) }
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

    /// Status and body as they go to the caller; text stays text. A value that the caller's encoding has no form for
    /// makes the call fail, as in the reference.
    func encoded(in encoding: RequestEncoding) -> (status: Int, body: Bytes) {
        switch (body, encoding) {
        case (.text(let text), _): return (status, Bytes(text.utf8))
        case (.value(let value), .json): return (status, ReplyValue.dictionary(value).jsonUTF8)
        case (.value(let value), .bencode):
            do {
                return (status, try ReplyValue.dictionary(value).bencode.encoded)
            } catch {
                return Refusal.failed.reply.encoded(in: encoding)
            }
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

    /// What the reference answers when an exception ends a call (storage-node §2.1).
    static let failed = Refusal(500, "request failed")

    /// What the reference answers when it has too much to do (storage-node §2.1).
    static let busy = Refusal(503, "Server busy, try again later")

    /// More values than a request may have, whatever they are.
    static let tooManyValues = invalid("more than \(Limits.requestValues) values in one request")

    /// A parameter error: 400 and the detail (storage-node §3.1).
    static func invalid(_ detail: String) -> Refusal { Refusal(400, "invalid request: \(detail)") }
}
