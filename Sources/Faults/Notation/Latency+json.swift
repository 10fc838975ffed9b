import SessionProtocol

extension Latency {
    private enum Distribution: String, CaseIterable {
        case fixed, uniform, bell, longTail

        var fields: [String] {
            switch self {
            case .fixed: ["microseconds"]
            case .uniform: ["leastMicroseconds", "mostMicroseconds"]
            case .bell: ["meanMicroseconds", "deviationMicroseconds", "floorMicroseconds"]
            case .longTail: ["medianMicroseconds", "longestMicroseconds"]
            }
        }
    }

    /// `{"distribution": "fixed", "microseconds": 50}`, and likewise `uniform` with `leastMicroseconds` and
    /// `mostMicroseconds`, `bell` with `meanMicroseconds`, `deviationMicroseconds` and `floorMicroseconds`, `longTail`
    /// with `medianMicroseconds` and `longestMicroseconds`.
    public var json: JSON {
        switch shape {
        case .fixed(let time): Self.json(.fixed, time)
        case .uniform(let least, let most): Self.json(.uniform, least, most)
        case .bell(let mean, let deviation, let floor): Self.json(.bell, mean, deviation, floor)
        case .longTail(let median, let longest): Self.json(.longTail, median, longest)
        }
    }

    private static func json(_ distribution: Distribution, _ nanoseconds: Int64...) -> JSON {
        var object = ["distribution": JSON.string(distribution.rawValue)]
        for (field, time) in zip(distribution.fields, nanoseconds) { object[field] = .integer(time / 1_000) }
        return .object(object)
    }

    /// Reads what ``json`` writes.
    /// - Parameter path: where the value stands, for errors.
    /// - Throws: ``LinkRuleError`` for the first field that is missing, unknown, or not allowed. Every time must be
    ///   within ``allowed``, `mostMicroseconds` and `longestMicroseconds` at least the field beside them.
    public init(json: JSON, at path: String = "latency") throws(LinkRuleError) {
        let every = ["distribution"] + Distribution.allCases.flatMap(\.fields)
        let distribution = try RuleFields(json, at: path, known: every)
            .choice("distribution", of: Distribution.self)
        let fields = try RuleFields(json, at: path, known: ["distribution"] + distribution.fields)
        let names = distribution.fields
        var times: [Duration] = []
        for name in names { times.append(try fields.time(name, in: Self.allowed)) }
        switch distribution {
        case .fixed: self = .fixed(times[0])
        case .uniform:
            guard times[0] <= times[1] else { throw fields.refusal(of: names[1], "at least \(names[0])") }
            self = .uniform(times[0]...times[1])
        case .bell: self = .bell(mean: times[0], deviation: times[1], floor: times[2])
        case .longTail:
            guard times[0] <= times[1] else { throw fields.refusal(of: names[1], "at least \(names[0])") }
            self = .longTail(median: times[0], longest: times[1])
        }
    }
}
