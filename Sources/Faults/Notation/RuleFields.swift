import SessionProtocol

/// The fields of one JSON object, read by name; errors carry the path to them.
struct RuleFields {
    private let values: [String: JSON]
    private let path: String

    /// - Parameter known: every field the object may have.
    init(_ json: JSON, at path: String, known: [String]) throws(LinkRuleError) {
        guard let values = json.asObject else {
            throw LinkRuleError(
                field: path, value: json, allowed: "an object with \(known.joined(separator: ", "))")
        }
        self.values = values
        self.path = path
        // The first in order, so that the same mistake always gives the same error.
        guard let stranger = values.keys.filter({ !known.contains($0) }).sorted().first else { return }
        throw LinkRuleError(
            field: place(of: stranger), value: values[stranger],
            allowed: "left out; the fields here are \(known.joined(separator: ", "))")
    }

    func place(of field: String) -> String { "\(path).\(field)" }

    /// `nil` when the field is left out.
    func value(_ field: String) -> JSON? { values[field] }

    func required(_ field: String, _ allowed: String) throws(LinkRuleError) -> JSON {
        guard let value = values[field] else { throw refusal(of: field, allowed) }
        return value
    }

    func refusal(of field: String, _ allowed: String) -> LinkRuleError {
        LinkRuleError(field: place(of: field), value: values[field], allowed: allowed)
    }

    func integer(_ field: String, in range: ClosedRange<Int>) throws(LinkRuleError) -> Int {
        let allowed = "an integer from \(range.lowerBound) to \(range.upperBound)"
        guard let integer = try required(field, allowed).asInteger, let value = Int(exactly: integer),
            range.contains(value)
        else { throw refusal(of: field, allowed) }
        return value
    }

    func chance() throws(LinkRuleError) -> Chance {
        Chance(partsPerMillion: try integer("partsPerMillion", in: Chance.allowed))
    }

    func time(_ field: String, in range: ClosedRange<Duration>) throws(LinkRuleError) -> Duration {
        let microseconds = Int(range.lowerBound.wholeMicroseconds)...Int(range.upperBound.wholeMicroseconds)
        return .microseconds(try integer(field, in: microseconds))
    }

    func string(_ field: String, _ allowed: String) throws(LinkRuleError) -> String {
        guard let text = try required(field, allowed).asString else { throw refusal(of: field, allowed) }
        return text
    }

    /// One of an enumeration's cases, by its raw value.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ field: String, of _: Choice.Type
    ) throws(LinkRuleError) -> Choice {
        let allowed = "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
        guard let choice = Choice(rawValue: try string(field, allowed)) else { throw refusal(of: field, allowed) }
        return choice
    }
}
