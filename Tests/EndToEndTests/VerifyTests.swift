import Foundation
import NodeRuntime
import Orchestrator
import PythonPrograms
import SessionCrypto
import SessionProtocol
import Testing

extension ExecutableTests {
    @Suite struct Verify {
        @Test(
            "Verify holds in both modes, and its last line is one object with everything a script needs",
            arguments: ["in-process", "subprocess"])
        func holds(mode: String) async throws {
            try await withRunFolder { folder in
                let outcome = try await Program.run(
                    ["verify", "--mode", mode, "--nodes", "12", "--seed", "5", "--messages", "8", "--json"],
                    in: folder)
                #expect(outcome.code == 0, "\(outcome)")
                let report = try outcome.json()
                let expected: [String: JSON] = [
                    "verdict": "holds", "seed": 5, "mode": .string(mode), "nodes": 12, "swarms": 2,
                    "violations": [],
                ]
                for (field, value) in expected { #expect(report[field] == value, "\(field)") }
                for field in ["sent", "delivered", "fullyReplicated"] {
                    #expect(report["messages"]?[field] == 8, "\(field)")
                }
                for field in ["readyMilliseconds", "firstMessageMilliseconds", "downMilliseconds"] {
                    #expect(try #require(report[field]?.asInteger) >= 0, "\(field)")
                }
                #expect(ProcessTable.processes(in: folder).isEmpty)
            }
        }

        @Test(
            "Verify holds where somebody else's storage servers are first, second and last on clients' paths",
            arguments: [Topology.Mode.inProcess, .subprocess])
        func holdsWithExternals(mode: Topology.Mode) async throws {
            try await withRunFolder { folder in
                let externals = ["ext1", "ext2"]
                var topology = Topology()
                topology.mode = mode
                topology.nodes = .named(["n1", "n2", "n3", "n4"] + externals)
                for name in externals { topology.externals[name] = try StorageDouble.server(in: folder) }
                try topology.yaml.write(toFile: "\(folder)/external.yaml", atomically: true, encoding: .utf8)
                let outcome = try await Program.run(
                    ["verify", "external.yaml", "--seed", "5", "--messages", "30", "--name", "external", "--json"],
                    in: folder)
                #expect(outcome.code == 0, "\(outcome)")
                let report = try outcome.json()
                #expect(report["verdict"] == "holds")
                for field in ["sent", "delivered", "fullyReplicated"] {
                    #expect(report["messages"]?[field] == 30, "\(field)")
                }
                // Or else the verdict would say nothing of onions through them.
                let keys = Set(
                    externals.map { NodeKeys(networkSeed: 5, name: $0).ed25519.publicKey.hex })
                let paths = try RunDirectory(name: "external", parent: "\(folder)/logs").events(.pathBuilt)
                    .compactMap { $0["hops"]?.asArray?.compactMap(\.asString) }
                for place in 0..<3 {
                    #expect(paths.contains { $0.count == 3 && keys.contains($0[place]) }, "\(place) of \(paths.count)")
                }
                #expect(ProcessTable.processes(in: folder).isEmpty)
            }
        }

        @Test("The first line has the seed, one that was drawn as well as one that was given")
        func seedFirst() async throws {
            try await withRunFolder { folder in
                for seed in [nil, "42"] {
                    let outcome = try await Program.run(
                        ["verify", "--nodes", "4", "--messages", "2"] + (seed.map { ["--seed", $0] } ?? []),
                        in: folder)
                    #expect(outcome.code == 0, "\(outcome)")
                    let printed = outcome.lines.first?.split(separator: " ").prefix(2) ?? []
                    #expect(printed.first == "seed" && UInt64(printed.last ?? "") != nil)
                    if let seed { #expect(printed.last == seed[...]) }
                }
            }
        }

        @Test("What is wrong with a topology is told by file and line, with exit code 64")
        func topologyErrors() async throws {
            try await withRunFolder { folder in
                try "name: dev\nnodes:\n  cuont: 4\nmode: subproces\n".write(
                    toFile: "\(folder)/bad.yaml", atomically: true, encoding: .utf8)
                for verb in ["verify", "up"] {
                    let outcome = try await Program.run([verb, "bad.yaml"], in: folder)
                    #expect(outcome.code == 64)
                    #expect(outcome.errors.contains("bad.yaml:3: 'nodes.cuont'"), "\(outcome)")
                    #expect(outcome.errors.contains("did you mean 'nodes.count'?"))
                    #expect(outcome.errors.contains("bad.yaml:4: mode is 'subproces'"))
                    #expect(outcome.errors.contains("did you mean 'subprocess'?"))
                }
                let flag = try await Program.run(["verify", "--nodes", "0"], in: folder)
                #expect(flag.code == 64 && flag.errors.contains("--nodes"), "\(flag)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/logs"))
            }
        }

        @Test(
            "A network that the system has no descriptors for is refused with the numbers, before anything starts"
        )
        func doesNotFit() async throws {
            try await withRunFolder { folder in
                let outcome = try await Program.run(
                    ["verify", "--nodes", "40"], in: folder, shell: "ulimit -Sn 256 && ulimit -Hn 256")
                #expect(outcome.code == 69, "\(outcome)")
                #expect(
                    outcome.errors.contains(/40 nodes need about \d+ file descriptors .* gives 256/),
                    "\(outcome)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/logs"))
            }
        }
    }
}
