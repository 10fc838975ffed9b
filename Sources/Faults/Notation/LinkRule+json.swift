import SessionProtocol

extension LinkRule {
    private static let fields = [
        "name", "from", "to", "kinds", "namePrefix", "fromMicroseconds", "untilMicroseconds", "effect",
    ]

    /// An object with `name` and `effect` (see ``LinkEffect/json``), and where the rule does not mean everything:
    /// `from` and `to` (see ``LinkParty/json``), `kinds` (a list of ``Envelope/Kind``), `namePrefix`,
    /// `fromMicroseconds`, `untilMicroseconds`.
    public var json: JSON {
        var object: [String: JSON] = ["name": .string(name), "effect": effect.json]
        if from != .any { object["from"] = from.json }
        if to != .any { object["to"] = to.json }
        if kinds != .all { object["kinds"] = .array(kinds.members.map { .string($0.rawValue) }) }
        if let namePrefix { object["namePrefix"] = .string(namePrefix) }
        if window.from > .zero { object["fromMicroseconds"] = .integer(window.from.wholeMicroseconds) }
        if let until = window.until { object["untilMicroseconds"] = .integer(until.wholeMicroseconds) }
        return .object(object)
    }

    /// Reads what ``json`` writes.
    /// - Parameter path: where the value stands, for errors.
    /// - Throws: ``LinkRuleError`` for the first field that is missing, unknown, or not allowed.
    public init(json: JSON, at path: String = "rule") throws(LinkRuleError) {
        let fields = try RuleFields(json, at: path, known: Self.fields)
        let nameLimit = "a text of 1 to 64 bytes"
        let name = try fields.string("name", nameLimit)
        guard Self.allowedNameLength.contains(name.utf8.count) else { throw fields.refusal(of: "name", nameLimit) }
        var prefix: String?
        if fields.value("namePrefix") != nil { prefix = try fields.string("namePrefix", "a text") }
        self.init(
            name, from: try Self.party("from", fields), to: try Self.party("to", fields),
            kinds: try Self.kinds(fields), namePrefix: prefix, window: try Self.window(fields),
            effect: try LinkEffect(
                json: try fields.required("effect", "what is done to matching messages"),
                at: fields.place(of: "effect")))
    }

    private static func party(_ field: String, _ fields: RuleFields) throws(LinkRuleError) -> LinkParty {
        guard let json = fields.value(field) else { return .any }
        return try LinkParty(json: json, at: fields.place(of: field))
    }

    private static func kinds(_ fields: RuleFields) throws(LinkRuleError) -> Envelope.Kinds {
        guard let json = fields.value("kinds") else { return .all }
        let allowed = "a list of \(Envelope.Kind.allCases.map(\.rawValue).joined(separator: ", "))"
        guard let entries = json.asArray else { throw fields.refusal(of: "kinds", allowed) }
        var kinds: Envelope.Kinds = []
        for entry in entries {
            guard let kind = entry.asString.flatMap(Envelope.Kind.init) else {
                throw fields.refusal(of: "kinds", allowed)
            }
            kinds.insert(Envelope.Kinds(kind))
        }
        return kinds
    }

    private static func window(_ fields: RuleFields) throws(LinkRuleError) -> LinkWindow {
        var from = Duration.zero
        if fields.value("fromMicroseconds") != nil {
            from = try fields.time("fromMicroseconds", in: LinkWindow.allowed)
        }
        guard fields.value("untilMicroseconds") != nil else { return LinkWindow(from: from) }
        let until = try fields.time("untilMicroseconds", in: LinkWindow.allowed)
        guard until > from else { throw fields.refusal(of: "untilMicroseconds", "later than fromMicroseconds") }
        return LinkWindow(from: from, until: until)
    }
}

extension LinkRules {
    /// A list of rules in their order (see ``LinkRule/json``).
    public var json: JSON { .array(all.map(\.json)) }

    /// Reads what ``json`` writes.
    /// - Parameter path: where the value stands, for errors.
    /// - Throws: ``LinkRuleError`` for the first rule that is not allowed or has the name of an earlier one.
    public init(json: JSON, at path: String = "rules") throws(LinkRuleError) {
        guard let entries = json.asArray else {
            throw LinkRuleError(field: path, value: json, allowed: "a list of rules")
        }
        self.init()
        for (index, entry) in entries.enumerated() {
            let place = "\(path)[\(index)]"
            let rule = try LinkRule(json: entry, at: place)
            guard add(rule) == nil else {
                throw LinkRuleError(
                    field: "\(place).name", value: .string(rule.name), allowed: "a name no earlier rule has")
            }
        }
    }
}
