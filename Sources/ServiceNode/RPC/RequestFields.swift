import SessionProtocol

/// A method's parameters in either encoding, read with the reference's type rules and error texts (storage-node §3.1).
///
/// A field that is absent, or JSON `null`, reads as `nil`; one of the wrong type throws. Callers read fields in alphabetical
/// order, because the first wrong one decides the answer. JSON integers from 2^63 to 2^64 - 1 are of the right type and
/// read as the largest `Int64`. Lists: `RequestFields+lists.swift`.
struct RequestFields: Sendable {
    private enum Source: Sendable {
        case json([String: JSON])
        case bencode([String: Bencode])
    }
    private let source: Source

    init(json: [String: JSON]) { source = .json(json) }
    init(bencode: [String: Bencode]) { source = .bencode(bencode) }

    var encoding: RequestEncoding { if case .json = source { .json } else { .bencode } }

    /// One value as it stands in the request.
    enum Field {
        case json(JSON)
        case bencode(Bencode)
    }

    /// Whether the request has the field, be it JSON `null`.
    func has(_ name: String) -> Bool {
        switch source {
        case .json(let fields): fields[name] != nil
        case .bencode(let fields): fields[name] != nil
        }
    }

    /// - Returns: `nil` when the field is absent or JSON `null`.
    func field(_ name: String) -> Field? {
        switch source {
        case .json(let fields):
            guard let value = fields[name], value != .null else { return nil }
            return .json(value)
        case .bencode(let fields):
            return fields[name].map(Field.bencode)
        }
    }

    /// The refusal of a value that is no `expected`.
    func mismatch(_ name: String, _ expected: String) -> Refusal {
        .invalid("Invalid value given for '\(name)': expected \(expected)")
    }

    /// A JSON string's UTF-8, or a bencoded string's bytes.
    func string(_ name: String) throws(Refusal) -> Bytes? {
        switch field(name) {
        case nil: return nil
        case .json(.string(let text)): return Bytes(text.utf8)
        case .bencode(.bytes(let bytes)): return bytes
        default: throw mismatch(name, "string")
        }
    }

    /// A signed integer.
    func integer(_ name: String) throws(Refusal) -> Int64? {
        switch field(name) {
        case nil: return nil
        case .json(.integer(let value)): return value
        case .json(.unsigned): return .max
        case .bencode(.integer(let value)): return value
        default: throw mismatch(name, "integer")
        }
    }

    /// A JSON truth value, or a bencoded 0 or 1.
    func bool(_ name: String) throws(Refusal) -> Bool? {
        switch field(name) {
        case nil: return nil
        case .json(.bool(let flag)): return flag
        case .bencode(.integer(0)): return false
        case .bencode(.integer(1)): return true
        default: throw mismatch(name, "boolean")
        }
    }

    /// A signed 16-bit integer.
    func namespace(_ name: String, expected: String = "16-bit integer") throws(Refusal) -> Namespace? {
        switch field(name) {
        case nil: return nil
        case .json(.integer(let value)):
            guard let number = Int16(exactly: value) else {
                throw .invalid("Invalid value given for '\(name)': value out of range")
            }
            return Namespace(number)
        case .json(.unsigned): throw .invalid("Invalid value given for '\(name)': value out of range")
        case .bencode(.integer(let value)):
            guard let number = Int16(exactly: value) else { throw mismatch(name, expected) }
            return Namespace(number)
        default: throw mismatch(name, expected)
        }
    }

    /// One mailbox by its number, or the word `all`.
    func mailboxes(_ name: String) throws(Refusal) -> MailboxSelection? {
        switch field(name) {
        case .json(.string("all")), .bencode(.bytes([0x61, 0x6c, 0x6c])): return .all
        default: return try namespace(name, expected: "integer or \"all\"").map(MailboxSelection.one)
        }
    }

    /// Milliseconds since the epoch. JSON values below 10^9 are refused as seconds.
    func timestamp(_ name: String) throws(Refusal) -> Int64? {
        switch field(name) {
        case nil: return nil
        case .json(.integer(let value)) where value >= 0:
            guard value >= 1_000_000_000 else {
                throw .invalid("Invalid timestamp for '\(name)': timestamp must be in milliseconds")
            }
            return value
        case .json(.unsigned): return .max
        case .bencode(.integer(let value)): return value
        default: throw mismatch(name, "integer timestamp (in milliseconds)")
        }
    }

    /// Milliseconds that old clients may also write as a string of digits; no seconds check (storage-node §3.2, `store`).
    /// - Parameter range: of JSON numbers; others count as of another type.
    func lenientMilliseconds(
        _ name: String, in range: ClosedRange<Int64>, expected: String
    ) throws(Refusal) -> Int64? {
        switch field(name) {
        case nil: return nil
        case .json(.integer(let value)) where range.contains(value): return value
        case .json(.unsigned): return .max
        case .json(.string(let text)):
            guard let value = Int64(digits: text) else {
                throw .invalid("Invalid value given for '\(name)': \"\(text)\"")
            }
            return value
        case .bencode(.integer(let value)): return value
        default: throw mismatch(name, expected)
        }
    }

    /// The value of whichever of two fields is there.
    /// - Throws: when both are, or neither is.
    func requireOne<Value>(
        _ first: (name: String, value: Value?), _ second: (name: String, value: Value?)
    ) throws(Refusal) -> Value {
        switch (first.value, second.value) {
        case (.some, .some): throw .invalid("Cannot specify both '\(first.name)' and '\(second.name)'")
        case (let value?, nil), (nil, let value?): return value
        case (nil, nil): throw .invalid("Required field '\(first.name)' or '\(second.name)' missing")
        }
    }

    /// The account's key, which may stand under an older spelling; when it is missing only the usual one is named
    /// (storage-node §17).
    /// - Throws: when both spellings are there, or neither.
    func requireAccount(pubkey: Bytes?, pubKey: Bytes?) throws(Refusal) -> Bytes {
        guard pubkey != nil || pubKey != nil else { return try require("pubkey", nil) }
        return try requireOne(("pubkey", pubkey), ("pubKey", pubKey))
    }

    func require<Value>(_ name: String, _ value: Value?) throws(Refusal) -> Value {
        guard let value else { throw .invalid("Required field '\(name)' missing") }
        return value
    }
}
