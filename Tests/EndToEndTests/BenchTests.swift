import Foundation
import SessionProtocol
import Testing

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
                #expect(outcome.code == 130, "\(outcome)")
                #expect(ProcessTable.processes(in: folder).isEmpty)
            }
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
