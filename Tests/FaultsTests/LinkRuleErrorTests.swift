import Faults
import SessionProtocol
import Testing

@Suite struct LinkRuleErrorTests {
    /// Each row: one rule, and the start and a later part of what its error says.
    static let refused: [(text: String, place: String, allowed: String)] = [
        (#"7"#, "rules[0] is 7;", "an object with name, from, to"),
        (#"{"effect":{"does":"cut"}}"#, "rules[0].name is missing;", "1 to 64 bytes"),
        (#"{"name":"","effect":{"does":"cut"}}"#, #"rules[0].name is "";"#, "1 to 64 bytes"),
        (#"{"name":5,"effect":{"does":"cut"}}"#, "rules[0].name is 5;", "1 to 64 bytes"),
        (#"{"name":"a"}"#, "rules[0].effect is missing;", "what is done"),
        (#"{"name":"a","effect":"cut"}"#, #"rules[0].effect is "cut";"#, "an object with does"),
        (#"{"name":"a","effect":{}}"#, "rules[0].effect.does is missing;", "drop, delay, duplicate, reorder"),
        (#"{"name":"a","effect":{"does":"melt"}}"#, #"rules[0].effect.does is "melt";"#, "throttle, cut, reset"),
        (
            #"{"name":"a","effect":{"does":"cut","partsPerMillion":1}}"#, "rules[0].effect.partsPerMillion is 1;",
            "left out"
        ),
        (#"{"name":"a","effect":{"does":"drop"}}"#, "rules[0].effect.partsPerMillion is missing;", "from 0 to 1000000"),
        (
            #"{"name":"a","effect":{"does":"drop","partsPerMillion":-1}}"#, "rules[0].effect.partsPerMillion is -1;",
            "from 0 to 1000000"
        ),
        (
            #"{"name":"a","effect":{"does":"reset","partsPerMillion":1000001}}"#,
            "rules[0].effect.partsPerMillion is 1000001;", "from 0 to 1000000"
        ),
        (
            #"{"name":"a","effect":{"does":"drop","partsPerMillion":0.5}}"#, "rules[0].effect.partsPerMillion is 0.5;",
            "an integer"
        ),
        (
            #"{"name":"a","effect":{"does":"throttle","bytesPerSecond":0}}"#, "rules[0].effect.bytesPerSecond is 0;",
            "from 1 to"
        ),
        (
            #"{"name":"a","effect":{"does":"throttle","bytesPerSecond":18446744073709551615}}"#,
            "rules[0].effect.bytesPerSecond is 18446744073709551615;", "from 1 to"
        ),
        (#"{"name":"a","effect":{"does":"delay"}}"#, "rules[0].effect.latency is missing;", "a distribution"),
        (
            #"{"name":"a","effect":{"does":"delay","latency":{"distribution":"cauchy"}}}"#,
            #"rules[0].effect.latency.distribution is "cauchy";"#, "fixed, uniform, bell, longTail"
        ),
        (
            #"{"name":"a","effect":{"does":"delay","latency":{"distribution":"fixed","microseconds":3600000001}}}"#,
            "rules[0].effect.latency.microseconds is 3600000001;", "from 0 to 3600000000"
        ),
        (
            #"{"name":"a","effect":{"does":"delay","latency":{"distribution":"fixed","microseconds":-1}}}"#,
            "rules[0].effect.latency.microseconds is -1;", "from 0 to 3600000000"
        ),
        (
            #"{"name":"a","effect":{"does":"delay","latency":{"distribution":"fixed","meanMicroseconds":1}}}"#,
            "rules[0].effect.latency.meanMicroseconds is 1;", "left out; the fields here are distribution, microseconds"
        ),
        (
            #"{"name":"a","effect":{"does":"delay","latency":{"distribution":"uniform","#
                + #""leastMicroseconds":2,"mostMicroseconds":1}}}"#,
            "rules[0].effect.latency.mostMicroseconds is 1;", "at least leastMicroseconds"
        ),
        (
            #"{"name":"a","effect":{"does":"delay","latency":{"distribution":"longTail","#
                + #""medianMicroseconds":2,"longestMicroseconds":1}}}"#,
            "rules[0].effect.latency.longestMicroseconds is 1;", "at least medianMicroseconds"
        ),
        (#"{"name":"a","effect":{"does":"cut"},"kinds":"push"}"#, #"rules[0].kinds is "push";"#, "a list of connect"),
        (
            #"{"name":"a","effect":{"does":"cut"},"kinds":["pull"]}"#, #"rules[0].kinds is ["pull"];"#,
            "a list of connect"
        ),
        (#"{"name":"a","effect":{"does":"cut"},"from":"all"}"#, #"rules[0].from is "all";"#, #""any""#),
        (#"{"name":"a","effect":{"does":"cut"},"from":{"not":[]}}"#, #"rules[0].from is {"not":[]};"#, "except"),
        (
            #"{"name":"a","effect":{"does":"cut"},"to":{"only":[],"except":[]}}"#,
            #"rules[0].to is {"except":[],"only":[]};"#, "except"
        ),
        (
            #"{"name":"a","effect":{"does":"cut"},"to":{"only":["127.0.0.1","127.1"]}}"#,
            #"rules[0].to.only[1] is "127.1";"#, "an IPv4 address"
        ),
        (#"{"name":"a","effect":{"does":"cut"},"namePrefix":1}"#, "rules[0].namePrefix is 1;", "a text"),
        (
            #"{"name":"a","effect":{"does":"cut"},"fromMicroseconds":-1}"#, "rules[0].fromMicroseconds is -1;",
            "from 0 to 3153"
        ),
        (
            #"{"name":"a","effect":{"does":"cut"},"fromMicroseconds":5,"untilMicroseconds":5}"#,
            "rules[0].untilMicroseconds is 5;", "later than fromMicroseconds"
        ),
        (#"{"name":"a","effect":{"does":"cut"},"zone":1,"chances":2}"#, "rules[0].chances is 2;", "left out"),
    ]

    @Test("A rule that is not allowed is refused with the field, its value and what is allowed", arguments: refused)
    func refusal(text: String, place: String, allowed: String) throws {
        let json = try JSON(parsing: "[\(text)]")
        let error = try #require(throws: LinkRuleError.self) { try LinkRules(json: json) }
        #expect(error.description.hasPrefix(place), "\(error)")
        #expect(error.description.dropFirst(place.count).contains(allowed), "\(error)")
    }

    @Test("The limits themselves are allowed")
    func limits() throws {
        let name = String(repeating: "n", count: 64)
        let hour = #"{"distribution":"fixed","microseconds":3600000000}"#
        let text = #"{"name":"\#(name)","effect":{"does":"reorder","partsPerMillion":1000000,"latency":\#(hour)}}"#
        let rule = try LinkRule(json: JSON(parsing: text))
        #expect(rule.effect == .reorder(.always, by: .fixed(.seconds(3_600))))
        #expect(throws: LinkRuleError.self) {
            try LinkRule(json: JSON(parsing: text.replacing(name, with: name + "n")))
        }
    }

    @Test("Two rules of one name, or no list at all, are refused")
    func lists() throws {
        let rule = LinkRule("twice", effect: .cut).json
        let twice = try #require(throws: LinkRuleError.self) { try LinkRules(json: [rule, rule]) }
        #expect(twice == LinkRuleError(field: "rules[1].name", value: "twice", allowed: "a name no earlier rule has"))
        let noList = try #require(throws: LinkRuleError.self) { try LinkRules(json: rule, at: "faults") }
        #expect(noList.field == "faults" && noList.allowed == "a list of rules")
    }

    @Test("An error shows the start of a long value")
    func longValues() throws {
        let error = LinkRuleError(field: "f", value: .string(String(repeating: "x", count: 500)), allowed: "short")
        let value = try #require(error.value)
        #expect(value.count == 80 && value.hasPrefix("\"xxx") && value.hasSuffix("x..."))
    }
}
