import Foundation
import Orchestrator
import SessionProtocol
import Testing

@testable import testnet

extension ExecutableTests {
    @Suite struct Bench {
        /// As the help has it, but smaller.
        private static let flags = [
            "--load", "S", "--clients", "20", "--minutes", "10", "--crypto", "modelled", "--seed", "7",
        ]

        @Test("Bench judges a load in virtual time and tells its figures, and flags and a file give the same history")
        func figures() async throws {
            try await withRunFolder { folder in
                try "{crypto: modelled, seed: 7, clients: {count: 20}, load: {name: S, minutes: 10}}".write(
                    toFile: "\(folder)/busy.yaml", atomically: true, encoding: .utf8)
                var histories: Set<String> = []
                for arguments in [Self.flags, ["busy.yaml"]] {
                    let outcome = try await Program.run(["bench"] + arguments + ["--json"], in: folder)
                    #expect(outcome.code == 0, "\(outcome)")
                    let report = try outcome.json()
                    #expect(report["verdict"] == "holds" && report["crypto"] == "modelled" && report["load"] == "S")
                    #expect(report["mode"] == "simulated" && report["clients"] == 20)
                    #expect(report["counts"]?["sends"] == 20 && report["counts"]?["received"] == 20)
                    #expect(report["counts"]?["latePolls"] == 0 && report["counts"]?["lateSends"] == 0)
                    #expect(report["virtualMilliseconds"] == 600_000)
                    for field in ["wallMilliseconds", "networkMessagesPerSecond", "stepsPerSecond", "peakMebibytes"] {
                        #expect(try #require(report[field]?.asInteger) > 0, "\(field)")
                    }
                    histories.insert(try #require(report["historyHash"]?.asString))
                }
                #expect(histories.count == 1)
            }
        }

        @Test("A load that breaks off ends as a verification does: its exit code, its fields, and what replays it")
        func breaksOff() async throws {
            try await withRunFolder { folder in
                // Registrations wait an hour for a block.
                try "{nodes: {count: 5}, ledger: {blockTime: 1h}, verification: {timeout: 5}, load: {minutes: 10}}"
                    .write(
                        toFile: "\(folder)/slow.yaml", atomically: true, encoding: .utf8)
                let failed = try await Program.run(["bench", "slow.yaml", "--seed", "7"], in: folder)
                #expect(failed.code == 124 && failed.output.contains("verdict: inconclusive"), "\(failed)")
                let command = try #require(failed.lines.last).split(separator: " ").map(String.init)
                #expect(command.count == 3 && command.starts(with: ["testnet", "replay"]), "\(failed)")
                let token = try #require(command.last)

                let same = try await Program.run(["replay", token, "--json"], in: folder)
                #expect(same.code == 0, "\(same)")
                let replayed = try same.json()
                #expect(replayed["sameHistory"] == true && replayed["load"] == "S", "\(same)")

                let held = try await Program.run(
                    ["bench", "--nodes", "5", "--json"] + Self.flags, in: folder)
                #expect(held.code == 0, "\(held)")
                let json = try await Program.run(["bench", "slow.yaml", "--seed", "7", "--json"], in: folder)
                #expect(json.errors.split(separator: "\n").last.map(String.init) == command.joined(separator: " "))
                let fields = try Set(#require(json.json().asObject).keys)
                #expect(try fields == Set(#require(held.json().asObject).keys).union(["error", "replay"]))
            }
        }

        /// Longer than any test waits.
        private static let endless = ["--nodes", "5", "--clients", "2", "--minutes", "100000", "--name", "endless"]

        @Test(
            "Bench that is interrupted ends its network and exits as interrupted",
            arguments: ["subprocess", "simulated"])
        func interrupted(mode: String) async throws {
            try await withRunFolder { folder in
                let bench = try Program(["bench", "--mode", mode] + Self.endless, in: folder)
                try await bench.line(containing: "swarms")
                bench.signal(SIGINT)
                let outcome = try await bench.outcome()
                #expect(outcome.code == 130 && outcome.errors == "testnet: interrupted\n", "\(outcome)")
                #expect(!outcome.output.contains("replay"), "\(outcome)")
                #expect(ProcessTable.processes(in: folder).isEmpty)
            }
        }

        @Test(
            "In JSON an interrupted run is one object, which proves nothing and cannot be replayed",
            arguments: ["bench", "replay"])
        func interruptedInJSON(verb: String) async throws {
            try await withRunFolder { folder in
                let yaml = "{nodes: {count: 5}, load: {minutes: 100000}}"
                try yaml.write(toFile: "\(folder)/endless.yaml", atomically: true, encoding: .utf8)
                let hash = try Topology(yaml: yaml, file: "endless").ofRun.contentHash
                let arguments =
                    verb == "bench"
                    ? ["endless.yaml"] : ["tn1:7:0.2.0+3f9a1c27be04:\(hash):\(hash)", "--topology", "endless.yaml"]
                let run = try Program([verb] + arguments + ["--json"], in: folder)
                // It says nothing before its end; others see that it is there.
                let status = ["status", "--name", "\(verb)-\(run.processID)"]
                while !(try await Program.run(status, in: folder)).errors.contains("is a simulation") {
                    try #require(ProcessTable.isAlive(run.processID))
                }
                run.signal(SIGTERM)
                let outcome = try await run.outcome()
                #expect(outcome.code == 130 && outcome.lines.count == 1, "\(outcome)")
                let report = try outcome.json()
                #expect(report["verdict"] == "inconclusive" && report["error"] == "interrupted", "\(outcome)")
                #expect(report["historyHash"] == .null && report["replay"] == nil, "\(outcome)")
                if verb == "replay" { #expect(report["sameHistory"] == .null, "\(outcome)") }
            }
        }

        @Test("Figures of a load on real sockets leave out what only a simulation knows")
        func figuresOnRealSockets() {
            var figures = LoadFigures(peakMebibytes: 40)
            figures.startSeconds = 0.25
            figures.wallSeconds = 60
            #expect(figures.text == "ready after 0.3 s · 60.0 s under load · peak memory 40 MiB")
            #expect(figures.json["wallMilliseconds"] == 60_000 && figures.json["networkMessages"] == .null)
            figures.simulated = LoadFigures.Simulated(seconds: 600, messages: 1_200, steps: 6_000)
            #expect(
                figures.text == "ready after 0.3 s · 600.0 s virtual in 60.0 s: 10 virtual seconds a second · "
                    + "20 network messages/s · 100 steps/s · peak memory 40 MiB")
            #expect(figures.json["virtualMilliseconds"] == 600_000 && figures.json["stepsPerSecond"] == 100)
        }

        @Test("Bench whose network is taken down proves nothing, and says so with exit code 2")
        func takenDown() async throws {
            try await withRunFolder { folder in
                let bench = try Program(["bench", "--mode", "in-process"] + Self.endless, in: folder)
                try await bench.line(containing: "swarms")
                #expect(try await Program.run(["down", "endless"], in: folder).code == 0)
                let outcome = try await bench.outcome()
                #expect(outcome.code == 2 && outcome.lines.last == "verdict: inconclusive", "\(outcome)")
            }
        }

        @Test("A wrong flag of bench is told with what is allowed, and exit code 64")
        func wrongFlags() async throws {
            try await withRunFolder { folder in
                for (flags, text) in [
                    (["--load", "M"], "--load is 'M', not one of S, L"), (["--clients", "1"], "outside 2–10000"),
                    (["--minutes", "0"], "outside 1–100000"),
                    (["--crypto", "modelled", "--mode", "subprocess"], "needs mode simulated"),
                ] {
                    let outcome = try await Program.run(["bench"] + flags, in: folder)
                    #expect(outcome.code == 64 && outcome.errors.contains(text), "\(flags): \(outcome)")
                }
            }
        }
    }
}
