import SessionProtocol

extension LinkEffect {
    private enum Does: String, CaseIterable {
        case drop, delay, duplicate, reorder, throttle, cut, reset

        var fields: [String] {
            switch self {
            case .drop, .reset: ["partsPerMillion"]
            case .delay: ["latency"]
            case .duplicate, .reorder: ["partsPerMillion", "latency"]
            case .throttle: ["bytesPerSecond"]
            case .cut: []
            }
        }
    }

    /// An object whose `does` is the effect's name. With it stand `partsPerMillion` for `drop`, `duplicate`, `reorder`
    /// and `reset`; `latency` (see ``Latency/json``) for `delay`, `duplicate` and `reorder`; `bytesPerSecond` for
    /// `throttle`; nothing for `cut`.
    public var json: JSON {
        switch self {
        case .drop(let chance): Self.json(.drop, chance: chance)
        case .delay(let latency): Self.json(.delay, latency: latency)
        case .duplicate(let chance, let latency): Self.json(.duplicate, chance: chance, latency: latency)
        case .reorder(let chance, let latency): Self.json(.reorder, chance: chance, latency: latency)
        case .throttle(let bytesPerSecond): ["does": "throttle", "bytesPerSecond": .int(bytesPerSecond)]
        case .cut: Self.json(.cut)
        case .reset(let chance): Self.json(.reset, chance: chance)
        }
    }

    private static func json(_ does: Does, chance: Chance? = nil, latency: Latency? = nil) -> JSON {
        var object = ["does": JSON.string(does.rawValue)]
        object["partsPerMillion"] = chance.map { .int($0.partsPerMillion) }
        object["latency"] = latency?.json
        return .object(object)
    }

    /// Reads what ``json`` writes. A `duplicate` may leave its `latency` out.
    /// - Parameter path: where the value stands, for errors.
    /// - Throws: ``LinkRuleError`` for the first field that is missing, unknown, or not allowed.
    public init(json: JSON, at path: String = "effect") throws(LinkRuleError) {
        let every = ["does", "partsPerMillion", "latency", "bytesPerSecond"]
        let does = try RuleFields(json, at: path, known: every).choice("does", of: Does.self)
        let fields = try RuleFields(json, at: path, known: ["does"] + does.fields)
        func latency() throws(LinkRuleError) -> Latency {
            try Latency(json: fields.required("latency", "a distribution of times"), at: fields.place(of: "latency"))
        }
        switch does {
        case .drop: self = .drop(try fields.chance())
        case .delay: self = .delay(try latency())
        case .duplicate:
            let after = fields.value("latency") == nil ? Latency.none : try latency()
            self = .duplicate(try fields.chance(), after: after)
        case .reorder: self = .reorder(try fields.chance(), by: try latency())
        case .throttle:
            self = .throttle(bytesPerSecond: try fields.integer("bytesPerSecond", in: Self.allowedThrottle))
        case .cut: self = .cut
        case .reset: self = .reset(try fields.chance())
        }
    }
}
