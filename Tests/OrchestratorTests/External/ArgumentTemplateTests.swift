import Testing

@testable import Orchestrator

@Suite struct ArgumentTemplateTests {
    @Test(
        "Placeholders are replaced wherever they stand, and doubled braces are braces",
        arguments: [
            ("--testnet", "--testnet"), ("{ledger}", "<ledger>"),
            ("--port={httpsPort},{omqPort}.", "--port=<httpsPort>,<omqPort>."),
            ("{{ledger}}", "{ledger}"), ("{{{name}}}", "{<name>}"), ("", ""), ("ä{address}", "ä<address>"),
        ])
    func filled(text: String, expected: String) throws {
        let template = try ArgumentTemplate(text)
        #expect(template.filled { "<\($0.rawValue)>" } == expected)
        #expect(template.text == text)
    }

    private func message(_ arguments: String, mode: String = "in-process") -> String? {
        do throws(TopologyErrors) {
            _ = try Topology(
                yaml: """
                    mode: \(mode)
                    nodes:
                      - name: a
                      - name: b
                        external:
                          executable: /bin/x
                          arguments: \(arguments)
                    """, file: "x.yaml")
            return nil
        } catch {
            return error.description
        }
    }

    private static let known = "{directory}, {ledger}, {address}, {httpsPort}, {omqPort}, {name}"
    private static let all = #""{ledger}", "{httpsPort}", "{omqPort}""#

    @Test(
        "What is wrong with a command line is said with its line, its place and what is allowed",
        arguments: [
            ("[\(all)]", nil),
            (
                #"[\#(all), "{ledgr}"]"#,
                "x.yaml:7: nodes[1].external.arguments[3] is '{ledgr}', not one of \(known); did you mean '{ledger}'?"
            ),
            (
                #"[\#(all), "{ledger"]"#,
                "x.yaml:7: nodes[1].external.arguments[3] is '{ledger', not text with placeholders such as {ledger}; "
                    + "write a brace itself twice"
            ),
            (
                #"["{ledger}", "{omqPort}"]"#,
                "x.yaml:7: nodes[1].external.arguments has no {httpsPort}; give it where the program takes that value"
            ),
            (
                "--port",
                #"x.yaml:7: nodes[1].external.arguments is '--port', not a list such as [--oxend-rpc, "{ledger}"]"#
            ),
        ])
    func errors(arguments: String, expected: String?) {
        #expect(message(arguments) == expected)
    }

    @Test("A program has no place in virtual time")
    func simulated() {
        #expect(
            message("[\(Self.all)]", mode: "simulated")
                == "x.yaml:6: nodes[1].external is a program of its own, which virtual time cannot hold, and the mode is "
                + "simulated; change the mode to in-process or subprocess, or remove it")
    }

    @Test("External servers and settings of storage survive rendering, and a flag for the number of nodes leaves none")
    func rendering() throws {
        var topology = Topology()
        topology.nodes = .named(["a", "b"])
        topology.externals["b"] = Topology.ExternalServer(
            executable: "/opt/a \"b\"/x",
            arguments: try ["--x", "{ledger}{httpsPort}{omqPort}", "{{"].map { text throws(TopologyError.Reason) in
                try ArgumentTemplate(text)
            })
        topology.storage.rateLimit = false
        topology.storage.maximumSize = 5 << 20
        #expect(try Topology(yaml: topology.yaml, file: "x.yaml") == topology)
        let counted = try Topology(
            yaml: topology.yaml, file: "x.yaml", flags: [Topology.Flag(.nodeCount, "4", name: "--nodes")])
        #expect(counted.nodes == .count(4) && counted.externals.isEmpty)
    }
}
