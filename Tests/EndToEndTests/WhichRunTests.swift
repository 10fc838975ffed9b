import Foundation
import SessionProtocol
import Testing

extension ExecutableTests {
    @Suite("Which run a verb means") struct WhichRun {
        private func run(_ words: String, in folder: String) async throws -> Program.Outcome {
            try await Program.run(words.split(separator: " ").map(String.init), in: folder)
        }

        private func up(_ name: String, seed: Int, in folder: String) async throws {
            let outcome = try await run("up --nodes 4 --detach --seed \(seed) --name \(name)", in: folder)
            #expect(outcome.code == 0, "\(outcome)")
        }

        private static let verbs = [
            "status", "env", "swarms", "down", "logs", "node kill n1", "ledger show", "ledger advance --blocks 1",
        ]

        @Test("Several that are up are listed and none is taken; the only one is taken and named; of none it is said")
        func rule() async throws {
            try await withRunFolder { folder in
                try await up("a", seed: 1, in: folder)
                try await up("b", seed: 2, in: folder)
                for verb in Self.verbs {
                    let refused = try await run(verb, in: folder)
                    #expect(refused.code != 0 && refused.output.isEmpty, "\(verb): \(refused)")
                    #expect(
                        refused.errors.contains("several runs are up; name one with --name:"), "\(verb): \(refused)")
                    #expect(refused.errors.contains("\n  a · in-process · seed 1\n  b · in-process · seed 2\n"))
                }
                // The latest is up, and yet it is the other one that is meant.
                let first = try await run("status a", in: folder)
                #expect(first.code == 0 && first.lines.first == "run 'a' · in-process · seed 1", "\(first)")
                #expect(first.lines.allSatisfy { $0.count <= 80 }, "\(first)")
                #expect(
                    try await run("status --name b", in: folder).output.hasPrefix("run 'b' · in-process · seed 2\n"))

                #expect(try await run("down b", in: folder).code == 0)
                for verb in ["status", "swarms", "ledger show", "ledger advance --blocks 1"] {
                    let outcome = try await run(verb, in: folder)
                    #expect(outcome.code == 0 && outcome.lines.first == "run 'a' · in-process · seed 1", "\(outcome)")
                    let json = try await run(verb + " --json", in: folder).json()
                    #expect(json["run"] == ["name": "a", "mode": "in-process", "seed": 1], "\(verb)")
                }
                #expect(try await run("env", in: folder).lines.contains("export TESTNET_RUN=a"))
                // Of a run that is over while another is up, too, it is said whose lines they are.
                let (living, dead) = (
                    try await run("logs n1", in: folder), try await run("logs n1 --name b", in: folder)
                )
                #expect(living.errors == "run 'a' · in-process · seed 1\n", "\(living)")
                #expect(dead.errors == "run 'b' · in-process · seed 2\nthe run 'b' is over; up: 'a'\n", "\(dead)")

                #expect(try await run("down", in: folder).output.hasPrefix("the run 'a' is down"))
                let none = try await run("status", in: folder)
                #expect(none.code != 0 && none.errors.contains("no run is up in logs"), "\(none)")
                let logs = try await run("logs n1", in: folder)
                #expect(logs.code == 0 && logs.errors.contains("no run is up; the run 'b' is over"), "\(logs)")
            }
        }

        @Test("All networks that are up are listed, and ended at once; what is over is listed when asked for")
        func all() async throws {
            try await withRunFolder { folder in
                #expect(try await run("ps", in: folder).lines == ["no run is up in logs; start one with 'testnet up'"])
                try await up("a", seed: 1, in: folder)
                try await up("b", seed: 2, in: folder)
                try await up("over", seed: 3, in: folder)
                #expect(try await run("down over", in: folder).code == 0)
                func names(_ outcome: Program.Outcome) -> [Substring?] {
                    outcome.lines.dropFirst().map { $0.split(separator: " ").first }
                }
                let ps = try await run("ps", in: folder)
                #expect(names(ps) == ["a", "b"] && ps.lines.allSatisfy { $0.count <= 80 }, "\(ps)")
                #expect(ps.errors == "1 more is over; --all lists them\n")
                #expect(try await names(run("ps --all", in: folder)) == ["a", "b", "over"])
                let runs = try await run("ps --json", in: folder).json()["runs"]?.asArray
                #expect(runs?.compactMap { $0["seed"]?.asInteger } == [1, 2])
                let down = try await run("down --all", in: folder)
                #expect(down.code == 0 && down.lines.count == 2, "\(down)")
                #expect(ProcessTable.processes(in: folder).isEmpty)
                #expect(try await run("down --all", in: folder).lines == ["no run is up in logs"])
            }
        }

        @Test("What is done to nodes is told in one line each, and that nothing changed when nothing did")
        func changes() async throws {
            try await withRunFolder { folder in
                try await up("a", seed: 1, in: folder)
                func lines(_ words: String) async throws -> [Substring] {
                    let outcome = try await run(words, in: folder)
                    #expect(outcome.code == 0 && outcome.lines.first == "run 'a' · in-process · seed 1", "\(outcome)")
                    return Array(outcome.lines.dropFirst())
                }
                #expect(try await lines("node kill n1 n2") == ["n1  running → stopped", "n2  running → stopped"])
                #expect(try await lines("node kill n2") == ["n2  stopped as before: nothing changed"])
                #expect(try await lines("node pause n1") == ["n1  stopped as before: nothing changed"])
                #expect(try await lines("node resume n3") == ["n3  running as before: nothing changed"])
                #expect(try await lines("node pause n3") == ["n3  running → paused"])
                #expect(try await lines("node restart n1").first?.hasPrefix("n1  stopped → running at 127.") == true)
                #expect(try await lines("node restart n1").first?.hasPrefix("n1  started again at 127.") == true)
                #expect(try await lines("node add late").first?.hasPrefix("late  new, running at 127.") == true)
                #expect(try await lines("node remove late --leaving crash") == ["late  left the network"])
                let json = try await run("node kill n2 --json", in: folder).json()
                #expect(
                    json["changes"] == [
                        ["node": "n2", "before": "stopped", "after": "stopped", "changed": false]
                    ])
                #expect(try await run("down", in: folder).code == 0)
            }
        }

        @Test("Followed logs go on with nodes that are added, and when the run is started again")
        func followed() async throws {
            try await withRunFolder { folder in
                try await up("a", seed: 1, in: folder)
                let logs = try Program(["logs", "-f"], in: folder)
                try await logs.line(containing: "n4 | ")
                #expect(try await run("node add late", in: folder).code == 0)
                try await logs.line(containing: "late | ")
                #expect(try await run("down", in: folder).code == 0)
                try await logs.line(containing: "nodeStopped reason=stopped")
                try await up("a", seed: 5, in: folder)
                try await logs.line(containing: "n1 | ")
                #expect(try await run("node kill n1", in: folder).code == 0)
                try await logs.line(containing: "nodeStopped reason=killed")
                logs.signal(SIGINT)
                #expect(try await logs.outcome().errors.hasSuffix("started again: run 'a' · in-process · seed 5\n"))
                #expect(try await run("down", in: folder).code == 0)
            }
        }

        @Test("Logs name nodes, and give the events themselves as objects or lines as they stand when asked to")
        func events() async throws {
            try await withRunFolder { folder in
                try await up("a", seed: 1, in: folder)
                let plain = try await run("logs n1 -n 1 --grep swarmEntered", in: folder)
                #expect(
                    plain.output.contains("members=[\"n1\",\"n2\",\"n3\",\"n4\"]") || plain.output.contains("\"n4\""))
                #expect(plain.output.firstMatch(of: /[0-9a-f]{64}/) == nil, "\(plain)")
                let full = try await run("logs n1 -n 1 --grep swarmEntered --full", in: folder)
                #expect(full.output.firstMatch(of: /^n1 \| 20\d\d-\d\d-\d\dT.*Z swarmEntered .*[0-9a-f]{64}/) != nil)
                let event = try await run("logs n1 -n 1 --grep swarmEntered --json", in: folder).json()
                let log = try String(contentsOfFile: "\(folder)/logs/a/events.jsonl", encoding: .utf8)
                #expect(log.contains("\(event.text)\n"), "\(event.text)")
                #expect(try await run("down", in: folder).code == 0)
            }
        }
    }
}
