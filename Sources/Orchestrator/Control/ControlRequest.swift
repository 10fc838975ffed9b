import SessionProtocol

/// What a verb asks of a running network.
struct ControlRequest: Sendable {
    let method: String
    let path: String
    /// The body; an object.
    let fields: JSON

    /// A field that is missing or cannot be used.
    struct Malformed: Error, Equatable, CustomStringConvertible {
        let field: String
        let expected: String
        var description: String { "'\(field)' must be \(expected)" }
    }

    /// What follows a prefix of the path; `nil` for another path.
    func rest(after prefix: String) -> String? {
        path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
    }

    func text(_ field: String) throws(Malformed) -> String {
        guard let text = try optionalText(field) else { throw Malformed(field: field, expected: "a text") }
        return text
    }

    func optionalText(_ field: String) throws(Malformed) -> String? {
        guard let value = fields[field], value != .null else { return nil }
        guard let text = value.asString else { throw Malformed(field: field, expected: "a text") }
        return text
    }

    /// A list of texts; empty when it is missing.
    func texts(_ field: String) throws(Malformed) -> [String] {
        guard let value = fields[field], value != .null else { return [] }
        let texts = value.asArray?.compactMap(\.asString)
        guard let texts, texts.count == value.asArray?.count else {
            throw Malformed(field: field, expected: "a list of texts")
        }
        return texts
    }

    func number(_ field: String, in range: ClosedRange<UInt64>) throws(Malformed) -> UInt64 {
        guard let number = fields[field]?.asUnsigned, range.contains(number) else {
            throw Malformed(field: field, expected: "a whole number of \(range.lowerBound)–\(range.upperBound)")
        }
        return number
    }
}
