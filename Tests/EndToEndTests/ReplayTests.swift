import Foundation
import NodeRuntime
import Orchestrator
import SessionProtocol
import Testing

extension ExecutableTests {
    @Suite struct Replay {
        private static let hash = "0123456789abcdef"

        @Test("The version is the release and a hash of the sources")
        func version() async throws {
            try await withRunFolder { folder in
                let outcome = try await Program.run(["--version"], in: folder)
                #expect(outcome.code == 0)
                #expect(outcome.output.wholeMatch(of: /\d+\.\d+\.\d+\+[0-9a-f]{12}\n/) != nil, "\(outcome)")
            }
        }

        @Test("A simulated network cannot be kept up, whether a flag or a file asks for it")
        func upIsRefused() async throws {
            try await withRunFolder { folder in
                try "mode: simulated".write(toFile: "\(folder)/x.yaml", atomically: true, encoding: .utf8)
                for arguments in [["--mode", "simulated"], ["x.yaml"], ["x.yaml", "--detach"]] {
                    let outcome = try await Program.run(["up"] + arguments, in: folder)
                    #expect(outcome.code == 64)
                    #expect(outcome.errors.contains("testnet verify --mode simulated"), "\(outcome)")
                    #expect(!FileManager.default.fileExists(atPath: "\(folder)/logs"))
                }
            }
        }

        @Test(
            "A token that cannot be replayed exits 64 and says what is wrong with it, or where its topology was sought")
        func refused() async throws {
            try await withRunFolder { folder in
                try "nodes: {count: 5}".write(toFile: "\(folder)/x.yaml", atomically: true, encoding: .utf8)
                let token = "tn1:7:0.2.0+3f9a1c27be04:\(Self.hash):\(Self.hash)"
                let cases: [([String], String)] = [
                    (["tn1:7"], "the token is 'tn1:7', not tn1:<seed>:<version>:<topology-hash>:<history-hash>"),
                    ([token], "no topology with the hash \(Self.hash) in topologies/*.yaml or logs/*/topology.yaml"),
                    ([token, "--topologies", "t", "--logs", "l"], "in t/*.yaml or l/*/topology.yaml"),
                    ([token, "--topology", "x.yaml"], "and the token is of a run of \(Self.hash)"),
                    ([token, "--topology", "y.yaml"], "y.yaml: there is no such file; did you mean x.yaml?"),
                ]
                for (arguments, problem) in cases {
                    let outcome = try await Program.run(["replay"] + arguments, in: folder)
                    #expect(outcome.code == 64)
                    #expect(outcome.errors.contains(problem), "\(outcome)")
                    #expect(!FileManager.default.fileExists(atPath: "\(folder)/logs"))
                }
            }
        }

        /// A network that cannot become ready in its time: registrations wait an hour for a block.
        private static let slow =
            "{mode: simulated, nodes: {count: 5}, ledger: {blockTime: 1h}, verification: {timeout: 5}}"

        @Test("The last line of a failed simulated run replays it: the same history, or another and where it begins")
        func replays() async throws {
            try await withRunFolder { folder in
                try Self.slow.write(toFile: "\(folder)/slow.yaml", atomically: true, encoding: .utf8)
                let failed = try await Program.run(["verify", "slow.yaml", "--seed", "7"], in: folder)
                #expect(failed.code == 124, "\(failed)")
                let command = try #require(failed.lines.last).split(separator: " ").map(String.init)
                #expect(command.count == 3 && command.starts(with: ["testnet", "replay"]), "\(failed)")
                let token = try #require(command.last)

                let same = try await Program.run(["replay", token], in: folder)
                #expect(same.code == 0, "\(same)")
                #expect(same.output.contains("the same history: \(token.split(separator: ":")[4])"), "\(same)")

                // The recorded run becomes one whose last event came a millisecond later.
                let parts = token.split(separator: ":")
                let log = try #require(
                    FileManager.default.subpaths(atPath: "\(folder)/logs")?.sorted().first {
                        $0.hasPrefix("verify-") && $0.hasSuffix("/events.jsonl")
                    })
                let file = "\(folder)/logs/\(log)"
                var events = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map {
                    try #require(RecordedEvent(json: try JSON(parsing: Bytes($0.utf8))))
                }
                let last = try #require(events.lastIndex { $0.event.kind != .verdictReached })
                events[last].time += 1
                try events.map { $0.json.text + "\n" }.joined().write(toFile: file, atomically: true, encoding: .utf8)
                let otherToken = token.replacing(parts[4], with: HistoryHash(of: events).description)

                let other = try await Program.run(["replay", otherToken, "--json"], in: folder)
                #expect(other.code == 3, "\(other)")
                let report = try other.json()
                #expect(
                    report["sameHistory"] == false && report["recordedRun"] == .string(String(log.dropLast(13))),
                    "\(other)")
                #expect(report["firstDifference"]?["recorded"]?["line"] == .int(last + 1), "\(other)")

                try FileManager.default.moveItem(atPath: "\(folder)/logs", toPath: "\(folder)/old")
                let unrecorded = try await Program.run(["replay", otherToken, "--topology", "slow.yaml"], in: folder)
                #expect(unrecorded.code == 3)
                #expect(unrecorded.output.contains("no run in the logs has the recorded history"), "\(unrecorded)")
            }
        }

        @Test("A run whose directory another process holds has no history, and nothing that replays it")
        func heldDirectory() async throws {
            try await withRunFolder { folder in
                #expect(try await Program.run(["up", "--nodes", "5", "--name", "x", "--detach"], in: folder).code == 0)
                for verb in ["verify", "bench"] {
                    let refused = try await Program.run(
                        [verb, "--mode", "simulated", "--nodes", "5", "--name", "x"], in: folder)
                    #expect(refused.code == 75 && refused.errors.contains("already up"), "\(refused)")
                    #expect(!refused.output.contains("testnet replay"), "\(refused)")
                    let json = try await Program.run(
                        [verb, "--mode", "simulated", "--nodes", "5", "--name", "x", "--json"], in: folder)
                    #expect(try json.json()["historyHash"] == .null && json.json()["replay"] == nil, "\(json)")
                }
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test("A run whose log could not be written is replayed all the same, as memory knows its history")
        func unwritableLog() async throws {
            try await withRunFolder { folder in
                let arguments = ["verify", "--mode", "simulated", "--nodes", "5", "--messages", "2", "--seed", "7"]
                // As on a full disk, but an error for this process only.
                let failed = try await Program.run(arguments, in: folder, shell: "trap '' XFSZ && ulimit -f 4")
                #expect(failed.code == 2 && failed.errors.contains("File too large"), "\(failed)")
                let token = try #require(failed.lines.last?.split(separator: " ").last)
                let same = try await Program.run(["replay", String(token)], in: folder)
                #expect(same.code == 0 && same.output.contains("the same history"), "\(same)")
            }
        }

        @Test("A replay that has no history of its own exits as its run does, and compares nothing")
        func nothingToCompare() async throws {
            try await withRunFolder { folder in
                let hash = Topology().ofRun.contentHash
                try "".write(toFile: "\(folder)/x.yaml", atomically: true, encoding: .utf8)
                // Nobody can make a folder there.
                let arguments = [
                    "replay", "tn1:7:0.2.0+3f9a1c27be04:\(hash):\(Self.hash)", "--topology", "x.yaml", "--logs",
                    "/proc/runs",
                ]
                let outcome = try await Program.run(arguments, in: folder)
                #expect(outcome.code == 73 && outcome.output.contains("nothing was compared"), "\(outcome)")
                #expect(!outcome.output.contains("testnet replay"), "\(outcome)")
                let json = try await Program.run(arguments + ["--json"], in: folder)
                #expect(try json.code == 73 && json.json()["sameHistory"] == .null, "\(json)")
            }
        }

        @Test("In JSON the command is a field of the last line, and a run that holds has none")
        func json() async throws {
            try await withRunFolder { folder in
                try Self.slow.write(toFile: "\(folder)/slow.yaml", atomically: true, encoding: .utf8)
                let failed = try await Program.run(["verify", "slow.yaml", "--seed", "7", "--json"], in: folder)
                let command = try #require(try failed.json()["replay"]?.asString)
                #expect(command.hasPrefix("testnet replay tn1:7:"))
                #expect(failed.errors.split(separator: "\n").last.map(String.init) == command, "\(failed)")

                let holds = try await Program.run(
                    ["verify", "--mode", "simulated", "--nodes", "5", "--messages", "2", "--seed", "7", "--json"],
                    in: folder)
                #expect(holds.code == 0, "\(holds)")
                #expect(try holds.json()["historyHash"]?.asString != nil && holds.json()["replay"] == nil)
            }
        }
    }
}
