import Foundation
import Testing

@testable import Orchestrator

/// How people write YAML, and what they are told when it is none.
@Suite struct TopologyWritingTests {
    private func message(_ yaml: String) -> String? {
        do throws(TopologyErrors) {
            _ = try Topology(yaml: yaml, file: "x.yaml")
            return nil
        } catch {
            return error.description
        }
    }

    @Test(
        "A mark of byte order, anchors, merged mappings and keys of one's own change nothing",
        arguments: [
            "\u{feff}nodes: {count: 5}\nverification: {messages: 7, timeout: 90}\n",
            """
            x-defaults: &defaults {messages: 7, timeout: 30}
            nodes: {count: 5, x-why: five are enough}
            verification: {<<: *defaults, timeout: 90}
            """,
            """
            x-many: &many {messages: 7}
            x-slow: &slow {timeout: 90, messages: 8}
            nodes: {count: 5}
            verification:
              <<: [*many, *slow]
              x-note: {any: [thing, at, all]}
            """,
            """
            x-base: &base
              nodes: {count: 5}
              verification: {messages: 7, timeout: 90}
            <<: *base
            """,
            """
            x-slow: &slow {timeout: 90}
            x-many: &many {<<: *slow, messages: 7}
            nodes: {count: 5}
            verification: {<<: *many}
            ledger: {x-a: 1, testing: {x-b: 2}, blocks: {x-c: 3}}
            """,
            "nodes: {count: 5}\r\nverification: {messages: 7, timeout: 90}\r\n",
        ])
    func written(yaml: String) throws {
        var expected = Topology()
        expected.nodes = .count(5)
        expected.verification.messages = 7
        expected.verification.timeoutSeconds = 90
        #expect(try Topology(yaml: yaml, file: "x.yaml") == expected)
    }

    @Test("Merged mappings obey the rules of the place that they are merged into")
    func merged() {
        #expect(
            message("x-b: &b {mesages: 7}\nverification: {<<: *b}")
                == "x.yaml:1: 'verification.mesages' is not a known key; did you mean 'verification.messages'?")
        #expect(
            message("verification: {<<: 7}")
                == "x.yaml:1: verification.<< is '7', not a mapping such as *base, or a list of them")
        // Quoted it is a key like any other.
        #expect(message("{'<<': {name: a}}")?.contains("'<<' is not a known key") == true)
    }

    @Test(
        "A key in the wrong section is sought in all of them",
        arguments: [
            ("mesages: 7", "x.yaml:1: 'mesages' is not a known key; did you mean 'verification.messages'?"),
            ("rpcPort: 7", "x.yaml:1: 'rpcPort' is not a known key; did you mean 'ledger.rpcPort'?"),
            ("unlock: 7", "x.yaml:1: 'unlock' is not a known key; did you mean 'ledger.blocks.unlock'?"),
            ("verification:\n  seed: 7", "x.yaml:2: 'verification.seed' is not a known key; did you mean 'seed'?"),
            ("ledger: {profle: lan}", "x.yaml:1: 'ledger.profle' is not a known key; did you mean 'network.profile'?"),
            ("nodes: {cuont: 3}", "x.yaml:1: 'nodes.cuont' is not a known key; did you mean 'nodes.count'?"),
        ])
    func elsewhere(yaml: String, expected: String) { #expect(message(yaml) == expected) }

    @Test(
        "A tab and a wrong indentation are named in words, at the line that has them",
        arguments: [
            ("nodes:\n\tcount: 5\n", 2, "the line is indented with a tab; indent with spaces"),
            ("nodes:\n  count: 5\n \tx-a: 5\n", 3, "the line is indented with a tab; indent with spaces"),
            (
                "ledger:\n    rpcPort: 0\n  preset: oxen\n", 3,
                "indented by 2 spaces, and what it could belong to by 0 or 4"
            ),
            ("seed: 5\n  mode: subprocess\n", 2, "deeper than line 1, which has a value already"),
            ("nodes:\n  count: 5\n   x-a: 5\n", 3, "deeper than line 2, which has a value already"),
            ("nodes:\n  - name: a\n   - name: b\n", 3, "indented by 3 spaces"),
            (String(repeating: "[", count: 20_000), 1, "lie deeper in each other than in any topology"),
        ])
    func layout(yaml: String, line: Int, text: String) throws {
        let found = try #require(message(yaml))
        #expect(found.hasPrefix("x.yaml:\(line): not valid YAML: ") && found.contains(text), "\(found)")
    }
}
