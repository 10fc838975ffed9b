import Faults
import Testing

/// What one rule draws must not depend on rules that have no part in a message, or a fault could not be added to a run
/// without changing everything else in it.
@Suite struct DrawOrderTests {
    private static let gamble = [
        LinkRule("loss", kinds: [.request, .push], effect: .drop(.percent(20))),
        LinkRule("copies", effect: .duplicate(.percent(30), after: .uniform(.zero ... .milliseconds(5)))),
        LinkRule("slow", from: .only(alice), effect: .delay(.longTail(median: .milliseconds(5), longest: .seconds(1)))),
        LinkRule(
            "mixed", to: .except([bob]),
            effect: .reorder(.percent(40), by: .bell(mean: .milliseconds(9), deviation: .milliseconds(2)))),
        LinkRule("breaks", namePrefix: "POST ", effect: .reset(.percent(10))),
    ]

    private func verdicts(_ rules: some Sequence<LinkRule>, seed: UInt64 = 77) -> [LinkVerdict] {
        var draws = CountedDraws(seed: seed)
        let rules = LinkRules(rules)
        return variedTraffic.map { rules.judge($0, using: &draws) }
    }

    @Test("The same seed gives the same verdicts, another seed others")
    func repeatable() {
        let verdicts = verdicts(Self.gamble)
        #expect(verdicts == self.verdicts(Self.gamble))
        #expect(verdicts != self.verdicts(Self.gamble, seed: 78))
        #expect(Set(verdicts.map(\.fate)) == [.delivered, .dropped, .reset])
        #expect(verdicts.contains { !$0.copies.isEmpty } && verdicts.contains(where: \.isOutOfOrder))
    }

    @Test(
        "A rule that matches nothing changes no verdict, wherever it stands",
        arguments: [
            LinkRule("idle", from: .only([]), effect: .drop(.percent(50))),
            LinkRule("idle", to: .only([]), effect: .reset(.percent(50))),
            LinkRule("idle", kinds: [], effect: .duplicate(.percent(50))),
            LinkRule("idle", namePrefix: "bt.", effect: .delay(.uniform(.zero ... .seconds(1)))),
            LinkRule("idle", window: LinkWindow(from: .seconds(600)), effect: .reorder(.percent(50), by: .none)),
        ])
    func idleRules(rule: LinkRule) {
        for place in 0...Self.gamble.count {
            var rules = Self.gamble
            rules.insert(rule, at: place)
            #expect(verdicts(rules) == verdicts(Self.gamble), "at \(place)")
        }
    }

    @Test(
        "A rule that leaves nothing to chance changes only the messages it strikes",
        arguments: [
            LinkEffect.cut, .throttle(bytesPerSecond: 1), .delay(.fixed(.seconds(9))), .drop(.always), .drop(.never),
            .reset(.always),
            .duplicate(.always), .reorder(.always, by: .none),
        ])
    func certainRules(effect: LinkEffect) {
        let rule = LinkRule("certain", from: .only(bob), to: .only(carol), effect: effect)
        for place in 0...Self.gamble.count {
            var rules = Self.gamble
            rules.insert(rule, at: place)
            let before = zip(variedTraffic, verdicts(Self.gamble)).filter { !rule.matches($0.0) }.map(\.1)
            let after = zip(variedTraffic, verdicts(rules)).filter { !rule.matches($0.0) }.map(\.1)
            #expect(before.count < variedTraffic.count && before == after, "at \(place)")
        }
    }

    @Test("A latency is drawn only when its effect comes true")
    func latencyDraws() {
        let spread = Latency.bell(mean: .milliseconds(9), deviation: .milliseconds(2))
        let rows: [(effect: LinkEffect, draws: Int)] = [
            (.duplicate(.never, after: spread), 0), (.duplicate(.always, after: spread), 1),
            (.reorder(.never, by: spread), 0), (.reorder(.always, by: spread), 1), (.delay(spread), 1),
            (.drop(.percent(50)), 1), (.reset(.percent(50)), 1), (.cut, 0), (.throttle(bytesPerSecond: 1), 0),
        ]
        for row in rows {
            var draws = CountedDraws(seed: 1)
            _ = LinkRules([LinkRule("one", effect: row.effect)]).judge(.sample(), using: &draws)
            #expect(draws.count == row.draws, "\(row.effect)")
        }
    }
}
