import Faults
import SessionProtocol
import Testing

@Suite struct LinkMatchingTests {
    @Test(
        "A party means the addresses it lists, or all others",
        arguments: [
            (LinkParty.any, true, true, true), (.only(alice), true, false, false),
            (.only([carol, alice]), true, false, true), (.only([]), false, false, false),
            (.except([bob]), true, false, true), (.except([alice, bob, carol]), false, false, false),
            (.except([]), true, true, true),
        ])
    func parties(party: LinkParty, hasAlice: Bool, hasBob: Bool, hasCarol: Bool) {
        #expect([alice, bob, carol].map(party.contains) == [hasAlice, hasBob, hasCarol])
    }

    @Test("A party of many finds each of them and nobody between", arguments: [1, 2, 3, 10, 257])
    func manyParties(count: UInt32) {
        let listed = (0..<count).map { IPv4Address(0x7f00_0000 + $0 * 2 + 1) }
        let party = LinkParty.only(listed.reversed() + listed)
        for number in 0...count * 2 {
            #expect(party.contains(IPv4Address(0x7f00_0000 + number)) == !number.isMultiple(of: 2), "\(number)")
        }
        #expect(party == .only(listed))
    }

    @Test(
        "A window is open from its first moment until just before its last",
        arguments: [
            (LinkWindow.always, [true, true, true, true, true]),
            (LinkWindow(from: .seconds(1)), [false, false, true, true, true]),
            (LinkWindow(until: .seconds(2)), [true, true, true, true, false]),
            (LinkWindow(from: .seconds(1), until: .seconds(2)), [false, false, true, true, false]),
        ])
    func windows(window: LinkWindow, expected: [Bool]) {
        let times: [Duration] = [
            .zero, .nanoseconds(999_999_999), .seconds(1), .nanoseconds(1_999_999_999), .seconds(2),
        ]
        #expect(times.map(window.contains) == expected)
    }

    @Test("A set of kinds has its members and no others", arguments: Envelope.Kind.allCases)
    func kinds(kind: Envelope.Kind) {
        #expect(Envelope.Kinds(kind).members == [kind])
        #expect(
            Envelope.Kinds.all.subtracting(Envelope.Kinds(kind)).members == Envelope.Kind.allCases.filter { $0 != kind }
        )
    }

    /// Each matches a request `sn.storage_cc` from alice to bob at 10 s only when `expected`.
    @Test(
        "A rule strikes a message only when sender, addressee, kind, name and time all match",
        arguments: [
            (LinkRule("all", effect: .cut), true),
            (LinkRule("from", from: .only(alice), effect: .cut), true),
            (LinkRule("from", from: .only(bob), effect: .cut), false),
            (LinkRule("to", to: .only(bob), effect: .cut), true),
            (LinkRule("to", to: .only(alice), effect: .cut), false),
            (LinkRule("kinds", kinds: [.request, .push], effect: .cut), true),
            (LinkRule("kinds", kinds: [.reply], effect: .cut), false),
            (LinkRule("kinds", kinds: [], effect: .cut), false),
            (LinkRule("name", namePrefix: "sn.", effect: .cut), true),
            (LinkRule("name", namePrefix: "sn.storage_cc", effect: .cut), true),
            (LinkRule("name", namePrefix: "sn.storage_cc2", effect: .cut), false),
            (LinkRule("name", namePrefix: "storage", effect: .cut), false),
            (LinkRule("name", namePrefix: "", effect: .cut), true),
            (LinkRule("window", window: LinkWindow(from: .seconds(10), until: .seconds(11)), effect: .cut), true),
            (LinkRule("window", window: LinkWindow(from: .seconds(11)), effect: .cut), false),
        ])
    func matching(rule: LinkRule, expected: Bool) {
        #expect(rule.matches(.sample()) == expected)
    }

    @Test("A name's prefix is compared byte for byte, not as text that looks the same")
    func composedNames() {
        let rule = LinkRule("name", namePrefix: "e", effect: .cut)
        #expect(rule.matches(.sample(name: "e\u{301}tat")))
        #expect(!rule.matches(.sample(name: "\u{e9}tat")))
    }
}
