import Foundation
import SessionProtocol
import Testing

extension ExecutableTests {
    @Suite struct Verbs {
        @Test(
            "Every verb works on a detached network and prints JSON when asked",
            arguments: ["in-process", "subprocess"])
        func everyVerb(mode: String) async throws {
            try await withRunFolder { folder in
                func json(_ arguments: String...) async throws -> JSON {
                    let outcome = try await Program.run(arguments + ["--json"], in: folder)
                    #expect(outcome.code == 0, "\(arguments): \(outcome)")
                    return try outcome.json()
                }
                let up = try await json("up", "--nodes", "7", "--mode", mode, "--seed", "3", "--detach")
                #expect(up["ready"] == true && up["seed"] == 3)
                let status = try await json("status")
                #expect(status["nodes"]?.asArray?.count == 7)
                func state(_ name: String, _ status: JSON) -> JSON? {
                    status["nodes"]?.asArray?.first { $0["name"] == .string(name) }?["state"]
                }
                #expect(state("n3", try await json("node", "kill", "n3")) == "stopped")
                #expect(state("n3", try await json("node", "restart", "n3")) == "running")
                #expect(state("n4", try await json("node", "pause", "n4")) == "paused")
                #expect(state("n4", try await json("node", "resume", "n4")) == "running")

                let environment = try await json("env")
                #expect(environment["LOCAL_DEVNET_SEED_URL"] == status["ledger"]?["rpcURL"])
                let line = try await json("logs", "n3", "-n", "1", "--grep", "nodeStarted")
                #expect(line["source"] == "n3" && line["event"] == "nodeStarted" && line["omqPort"] != nil)
                #expect(try await json("down") == ["down": "dev"])
                #expect(ProcessTable.processes(in: folder).isEmpty)
                #expect(try LoopbackPort.all(of: status).allSatisfy(\.isFree))
            }
        }

        @Test("A restarted node keeps its ports, comes back as a new process, and takes part again")
        func restart() async throws {
            try await withRunFolder { folder in
                let up = try await Program.run(
                    ["up", "--nodes", "7", "--mode", "subprocess", "--detach", "--json"], in: folder)
                let before = try #require(try up.json()["nodes"]?.asArray?[1])
                let restart = try await Program.run(["node", "restart", "n2", "--json"], in: folder)
                #expect(restart.code == 0, "\(restart)")
                let after = try #require(try restart.json()["nodes"]?.asArray?[1])
                for field in ["httpsPort", "omqPort", "ip", "pubkeyLegacy"] {
                    #expect(before[field] == after[field])
                }
                #expect(before["pid"] != after["pid"])
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test(
            "Without a network, every verb that needs one says so and what to do, with exit code 66; down has nothing to do"
        )
        func noNetwork() async throws {
            try await withRunFolder { folder in
                for verb in [["status"], ["env"], ["logs"], ["node", "kill", "n1"]] {
                    let plain = try await Program.run(verb, in: folder)
                    #expect(plain.code == 66 && plain.errors.contains("there is no run in logs"), "\(plain)")
                    let json = try await Program.run(verb + ["--json"], in: folder)
                    #expect(json.code == 66)
                    #expect(try json.json()["error"]?.asString?.contains("testnet up") == true, "\(json)")
                }
                let down = try await Program.run(["down"], in: folder)
                #expect(down.code == 0 && down.output.contains("there is no run in logs"), "\(down)")
                #expect(try await Program.run(["down", "--json"], in: folder).json() == ["down": .null])
            }
        }

        @Test("A simulated run refuses every command, and a second run of its name, with one and the same explanation")
        func simulatedRun() async throws {
            try await withRunFolder { folder in
                let bench = try Program(
                    ["bench", "--nodes", "5", "--clients", "2", "--minutes", "100000", "--name", "endless"], in: folder)
                try await bench.line(containing: "swarms")
                func refuseAll(_ verbs: [[String]]) async throws {
                    for verb in verbs {
                        let outcome = try await Program.run(verb, in: folder)
                        #expect(outcome.code == 64, "\(outcome)")
                        #expect(
                            outcome.errors.contains(
                                "a simulation, which runs in virtual time and takes no commands; "
                                    + "its log is in logs/endless/events.jsonl"),
                            "\(outcome)")
                    }
                }
                let verbs = [["status"], ["env"], ["node", "kill", "n1"]]
                try await refuseAll(verbs + [["down", "endless"]])
                let second = try await Program.run(["verify", "--nodes", "5", "--name", "endless"], in: folder)
                #expect(second.errors.contains("process \(bench.processID), simulated; wait for its end"), "\(second)")
                #expect(!second.errors.contains("testnet down"), "\(second)")
                bench.signal(SIGINT)
                #expect(try await bench.outcome().code == 130)
                try await refuseAll(verbs)
                #expect(try await Program.run(["down", "endless"], in: folder).code == 0)
            }
        }

        @Test("An empty folder for the logs is refused, as it would mean the root of the file system")
        func emptyFolder() async throws {
            try await withRunFolder { folder in
                for (arguments, flag) in [
                    (["verify", "--nodes", "5", "--logs", ""], "--logs"), (["status", "--logs", ""], "--logs"),
                    (["replay", "tn1:7", "--logs", ""], "--logs"),
                    (["replay", "tn1:7", "--topologies", ""], "--topologies"),
                ] {
                    let outcome = try await Program.run(arguments, in: folder)
                    #expect(outcome.code == 64 && outcome.errors.contains("\(flag) is empty"), "\(outcome)")
                }
            }
        }

        @Test("An unknown node is refused with the names there are, with an exit code other than 0")
        func unknownNode() async throws {
            try await withRunFolder { folder in
                #expect(try await Program.run(["up", "--nodes", "4", "--detach"], in: folder).code == 0)
                for verb in [["node", "kill", "n9"], ["logs", "n9"]] {
                    let outcome = try await Program.run(verb, in: folder)
                    #expect(outcome.code != 0)
                    #expect(
                        outcome.errors.contains("there is no node 'n9'; the nodes are n1 n2 n3 n4"),
                        "\(outcome)")
                }
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test("Followed logs go on as the network does")
        func followedLogs() async throws {
            try await withRunFolder { folder in
                #expect(try await Program.run(["up", "--nodes", "4", "--detach"], in: folder).code == 0)
                let logs = try Program(["logs", "n2", "-f"], in: folder)
                try await logs.line(containing: "nodeStarted")
                #expect(try await Program.run(["node", "kill", "n2"], in: folder).code == 0)
                try await logs.line(containing: "nodeStopped reason=killed")
                logs.signal(SIGINT)
                #expect(try await logs.outcome().code != 0)
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }
    }
}
