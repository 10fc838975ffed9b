import Faults
import Testing

@Suite struct LinkRulesTests {
    @Test("Rules keep their order; one of the same name is replaced where it stands; a removed one is gone")
    func editing() {
        var rules = LinkRules()
        #expect(rules.isEmpty)
        let first = LinkRule("a", effect: .cut)
        let second = LinkRule("b", effect: .drop(.always))
        let replacement = LinkRule("a", effect: .throttle(bytesPerSecond: 5))
        #expect(rules.add(first) == nil)
        #expect(rules.add(second) == nil)
        #expect(rules.all == [first, second])
        #expect(rules.add(replacement) == first)
        #expect(rules.all == [replacement, second])
        #expect(rules == LinkRules([first, second, replacement]))
        #expect(rules["a"] == replacement)
        #expect(rules.remove("c") == nil)
        #expect(rules.remove("a") == replacement)
        #expect(rules.all == [second])
        #expect(rules["a"] == nil)
        #expect(!rules.isEmpty)
    }

    @Test("Without a rule that matches, a message passes as it would")
    func undisturbed() {
        var draws = CountedDraws(seed: 1)
        let elsewhere = LinkRules([LinkRule("elsewhere", from: .only(carol), effect: .drop(.percent(50)))])
        for rules in [LinkRules(), elsewhere] {
            let verdict = rules.judge(.sample(), using: &draws)
            #expect(verdict == LinkVerdict())
            #expect(verdict.fate == .delivered && verdict.delay == .zero && !verdict.isOutOfOrder)
            #expect(verdict.copies.isEmpty && verdict.bytesPerSecond == nil)
        }
        #expect(draws.count == 0)
    }

    @Test(
        "A list strikes just what its rule matches, also after the rule was replaced",
        arguments: [
            LinkRule("rule", from: .only([alice, carol]), effect: .drop(.always)),
            LinkRule("rule", to: .only(bob), effect: .drop(.always)),
            LinkRule("rule", from: .except([alice]), to: .except([bob]), effect: .drop(.always)),
            LinkRule("rule", kinds: [.post, .connect], effect: .drop(.always)),
            LinkRule("rule", namePrefix: "POST /", effect: .drop(.always)),
            LinkRule(
                "rule", window: LinkWindow(from: .milliseconds(9), until: .milliseconds(99)), effect: .drop(.always)),
            LinkRule("rule", window: LinkWindow(from: .milliseconds(599)), effect: .drop(.always)),
        ])
    func striking(rule: LinkRule) {
        let other = LinkRule("rule", from: .only([]), effect: .drop(.always))
        let rules = LinkRules([rule])
        let replaced = LinkRules([other, rule])
        var emptied = rules
        emptied.remove("rule")
        var draws = CountedDraws(seed: 1)
        let expected = variedTraffic.map(rule.matches)
        #expect(expected.contains(true) && expected.contains(false))
        for (rules, expected) in [(rules, expected), (replaced, expected), (emptied, expected.map { _ in false })] {
            let struck = variedTraffic.map { rules.judge($0, using: &draws).fate == .dropped }
            #expect(struck == expected)
        }
    }

    @Test("A one-way cut cuts one way, requests and replies alike")
    func oneWayCut() {
        let rules = LinkRules([LinkRule("cut", from: .only(alice), to: .only(bob), effect: .cut)])
        var draws = CountedDraws(seed: 1)
        for kind in Envelope.Kind.allCases {
            #expect(rules.judge(.sample(from: alice, to: bob, kind: kind), using: &draws).fate == .cut)
            #expect(rules.judge(.sample(from: bob, to: alice, kind: kind), using: &draws).fate == .delivered)
            #expect(rules.judge(.sample(from: alice, to: carol, kind: kind), using: &draws).fate == .delivered)
        }
    }

    @Test(
        "Effects combine the same whatever their order",
        arguments: [
            ([LinkEffect.drop(.always)], LinkVerdict(fate: .dropped)),
            ([.drop(.never), .reset(.never)], LinkVerdict()),
            ([.reset(.always)], LinkVerdict(fate: .reset)),
            ([.drop(.always), .reset(.always)], LinkVerdict(fate: .reset)),
            ([.cut, .drop(.always), .reset(.always)], LinkVerdict(fate: .cut)),
            (
                [.drop(.always), .delay(.fixed(.seconds(1))), .duplicate(.always), .throttle(bytesPerSecond: 9)],
                LinkVerdict(fate: .dropped)
            ),
            ([.delay(.fixed(.seconds(1))), .delay(.fixed(.seconds(2)))], LinkVerdict(delay: .seconds(3))),
            (
                [.reorder(.always, by: .fixed(.seconds(4))), .delay(.fixed(.seconds(2)))],
                LinkVerdict(delay: .seconds(6), isOutOfOrder: true)
            ),
            ([.reorder(.never, by: .fixed(.seconds(4)))], LinkVerdict()),
            ([.throttle(bytesPerSecond: 70), .throttle(bytesPerSecond: 7)], LinkVerdict(bytesPerSecond: 7)),
            (
                [.duplicate(.always, after: .fixed(.seconds(5))), .delay(.fixed(.seconds(2))), .duplicate(.never)],
                LinkVerdict(delay: .seconds(2), copies: [.seconds(7)])
            ),
            ([.duplicate(.always), .duplicate(.always)], LinkVerdict(copies: [.zero, .zero])),
        ])
    func combining(effects: [LinkEffect], expected: LinkVerdict) {
        for order in [effects, effects.reversed()] {
            let rules = LinkRules(order.enumerated().map { LinkRule("\($0.offset)", effect: $0.element) })
            var draws = CountedDraws(seed: 1)
            #expect(rules.judge(.sample(), using: &draws) == expected)
            #expect(draws.count == 0)
        }
    }

    @Test("Copies come in the order of the rules that made them")
    func copies() {
        let rules = LinkRules([
            LinkRule("late", effect: .duplicate(.always, after: .fixed(.seconds(5)))),
            LinkRule("early", effect: .duplicate(.always, after: .fixed(.seconds(1)))),
        ])
        var draws = CountedDraws(seed: 1)
        #expect(rules.judge(.sample(), using: &draws).copies == [.seconds(5), .seconds(1)])
    }

    @Test("Two duplications come true independently of each other")
    func independentCopies() {
        let rules = LinkRules(["a", "b"].map { LinkRule($0, effect: .duplicate(.percent(50))) })
        var draws = CountedDraws(seed: 2)
        var counts = [0, 0, 0]
        for _ in 0..<10_000 { counts[rules.judge(.sample(), using: &draws).copies.count] += 1 }
        for (count, expected) in zip(counts, [2_500, 5_000, 2_500]) {
            #expect((expected - 200...expected + 200).contains(count), "\(counts)")
        }
    }

    @Test(
        "Drop, reset and reorder strike as often as their chance",
        arguments: [
            (LinkEffect.drop(.percent(10)), LinkVerdict(fate: .dropped)),
            (.reset(.percent(10)), LinkVerdict(fate: .reset)),
            (.reorder(.percent(10), by: .fixed(.seconds(1))), LinkVerdict(delay: .seconds(1), isOutOfOrder: true)),
            (.duplicate(.percent(10), after: .fixed(.seconds(1))), LinkVerdict(copies: [.seconds(1)])),
        ])
    func frequency(effect: LinkEffect, expected: LinkVerdict) {
        let rules = LinkRules([LinkRule("now and then", effect: effect)])
        var draws = CountedDraws(seed: 6)
        let verdicts = (0..<20_000).map { _ in rules.judge(.sample(), using: &draws) }
        let struck = verdicts.count { $0 == expected }
        #expect((1_830...2_170).contains(struck), "\(struck)")
        #expect(verdicts.count { $0 == LinkVerdict() } == 20_000 - struck)
    }
}
