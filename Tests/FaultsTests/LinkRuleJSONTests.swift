import Faults
import SessionProtocol
import Testing

@Suite struct LinkRuleJSONTests {
    static let effects: [(LinkEffect, String)] = [
        (.drop(Chance(partsPerMillion: 1)), #"{"does":"drop","partsPerMillion":1}"#),
        (
            .delay(.fixed(.microseconds(50))),
            #"{"does":"delay","latency":{"distribution":"fixed","microseconds":50}}"#
        ),
        (
            .duplicate(.always, after: .uniform(.microseconds(1) ... .seconds(3_600))),
            #"{"does":"duplicate","latency":{"distribution":"uniform","#
                + #""leastMicroseconds":1,"mostMicroseconds":3600000000},"partsPerMillion":1000000}"#
        ),
        (
            .reorder(
                .percent(3), by: .bell(mean: .milliseconds(40), deviation: .milliseconds(10), floor: .milliseconds(5))),
            #"{"does":"reorder","latency":{"deviationMicroseconds":10000,"#
                + #""distribution":"bell","floorMicroseconds":5000,"meanMicroseconds":40000},"partsPerMillion":30000}"#
        ),
        (
            .delay(.longTail(median: .milliseconds(2), longest: .seconds(3))),
            #"{"does":"delay","latency":{"distribution":"longTail","#
                + #""longestMicroseconds":3000000,"medianMicroseconds":2000}}"#
        ),
        (.throttle(bytesPerSecond: 1), #"{"bytesPerSecond":1,"does":"throttle"}"#),
        (.throttle(bytesPerSecond: .max), #"{"bytesPerSecond":9223372036854775807,"does":"throttle"}"#),
        (.cut, #"{"does":"cut"}"#),
        (.reset(.never), #"{"does":"reset","partsPerMillion":0}"#),
    ]

    @Test("Every effect is written as documented and read back the same", arguments: effects)
    func effect(effect: LinkEffect, text: String) throws {
        #expect(effect.json.text == text)
        #expect(try LinkEffect(json: JSON(parsing: text)) == effect)
    }

    static let rules: [(LinkRule, String)] = [
        (LinkRule("all", effect: .cut), #"{"effect":{"does":"cut"},"name":"all"}"#),
        (
            LinkRule(
                "one", from: .only([carol, alice]), to: .except([bob]), kinds: [.postReply, .connect],
                namePrefix: "sn.",
                window: LinkWindow(from: .seconds(1), until: .seconds(2)), effect: .cut),
            #"{"effect":{"does":"cut"},"from":{"only":["127.0.0.2","127.0.0.4"]},"fromMicroseconds":1000000,"#
                + #""kinds":["connect","postReply"],"name":"one","namePrefix":"sn.","#
                + #""to":{"except":["127.0.0.3"]},"untilMicroseconds":2000000}"#
        ),
        (
            LinkRule(
                "nobody", from: .only([]), kinds: [], namePrefix: "", window: LinkWindow(until: .microseconds(1)),
                effect: .cut),
            #"{"effect":{"does":"cut"},"from":{"only":[]},"kinds":[],"name":"nobody","namePrefix":"","#
                + #""untilMicroseconds":1}"#
        ),
        (
            LinkRule("late", window: LinkWindow(from: .seconds(315_360_000)), effect: .cut),
            #"{"effect":{"does":"cut"},"fromMicroseconds":315360000000000,"name":"late"}"#
        ),
    ]

    @Test("Every part of a rule is written as documented and read back the same", arguments: rules)
    func rule(rule: LinkRule, text: String) throws {
        #expect(rule.json.text == text)
        #expect(try LinkRule(json: JSON(parsing: text)) == rule)
    }

    @Test("A list of rules keeps its order through JSON")
    func list() throws {
        let effects = Self.effects.enumerated().map { LinkRule("effect \($0.offset)", effect: $0.element.0) }
        let rules = LinkRules(effects.reversed() + Self.rules.map(\.0))
        #expect(try LinkRules(json: JSON(parsing: rules.json.text)) == rules)
        #expect(rules.json.asArray?.count == effects.count + Self.rules.count)
        #expect(try LinkRules(json: []).isEmpty)
    }

    @Test("What may be left out, or written in another way, means the same")
    func leniency() throws {
        let text = #"""
            {"name": "a", "from": "any", "to": {"only": ["127.0.0.4", "127.0.0.2", "127.0.0.2"]}, "fromMicroseconds": 0,
             "effect": {"does": "duplicate", "partsPerMillion": 1}}
            """#
        let expected = LinkRule(
            "a", to: .only([alice, carol]), effect: .duplicate(Chance(partsPerMillion: 1), after: .none))
        #expect(try LinkRule(json: JSON(parsing: text)) == expected)
    }
}
