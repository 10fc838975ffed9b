import Testing

@testable import Orchestrator

@Suite struct ReplayTokenTests {
    private static let topology = "52d8a1f0c39b7e64"
    private static let history = "9c1b04e2d75fa836"

    @Test(
        "A token reads back as it was printed",
        arguments: [
            "tn1:7:0.2.0+3f9a1c27be04:\(topology):\(history)", "tn1:0:1:\(topology):\(history)",
            "tn1:18446744073709551615:1.0.0-rc.1+abc:\(topology):\(history)",
        ])
    func roundTrip(text: String) throws {
        #expect(try ReplayToken(parsing: text).description == text)
    }

    @Test("The parts of a token are in their places")
    func parts() throws {
        let token = try ReplayToken(parsing: "tn1:7:0.2.0+3f9a1c27be04:\(Self.topology):\(Self.history)")
        #expect(
            token
                == ReplayToken(
                    seed: 7, version: "0.2.0+3f9a1c27be04", topologyHash: Self.topology, historyHash: Self.history))
        #expect(token.command == "testnet replay \(token)")
    }

    @Test(
        "Text that is no token is refused, and the wrong part is named",
        arguments: [
            ("", "the token"), ("tn2:7:1:\(topology):\(history)", "the token"), ("tn1:7:1:\(topology)", "the token"),
            ("tn1:7:1:\(topology):\(history):", "the token"), (" tn1:7:1:\(topology):\(history)", "the token"),
            ("tn1::1:\(topology):\(history)", "the token's seed"),
            ("tn1:-1:1:\(topology):\(history)", "the token's seed"),
            ("tn1:+7:1:\(topology):\(history)", "the token's seed"),
            ("tn1:07:1:\(topology):\(history)", "the token's seed"),
            ("tn1:18446744073709551616:1:\(topology):\(history)", "the token's seed"),
            ("tn1:7::\(topology):\(history)", "the token's version"),
            ("tn1:7:1 2:\(topology):\(history)", "the token's version"),
            ("tn1:7:1:\(topology.dropLast()):\(history)", "the token's topology hash"),
            ("tn1:7:1:\(topology.uppercased()):\(history)", "the token's topology hash"),
            ("tn1:7:1:\(topology):\(history.prefix(15))", "the token's history hash"),
            ("tn1:7:1:\(topology):\(history)0", "the token's history hash"),
        ])
    func malformed(text: String, part: String) {
        do throws(ReplayToken.Malformed) {
            let token = try ReplayToken(parsing: text)
            Issue.record("read as \(token)")
        } catch {
            #expect(error.part == part)
            #expect(error.description.hasPrefix("\(part) is '"))
        }
    }
}
