import Foundation
import Testing

@testable import Orchestrator

@Suite struct TopologySearchTests {
    /// Two folders as a checkout has them, with topologies in both.
    private func withFolders(_ body: (_ search: TopologySearch, _ folder: String) throws -> Void) async throws {
        try await withFolder { folder in
            let files = [
                "topologies/five.yaml": "nodes: {count: 5}", "topologies/notes.txt": "nodes: {count: 99}",
                "logs/verify-1/topology.yaml": "{name: verify-1, seed: 3, nodes: {count: 6}}",
                "logs/verify-2/topology.yaml": "{name: verify-2, mode: simulated, nodes: {count: 5}}",
                "logs/README.md": "runs", "logs/verify-3/events.jsonl": "",
            ]
            for (path, text) in files {
                let file = URL(filePath: "\(folder)/\(path)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            try body(TopologySearch(topologies: "\(folder)/topologies", logs: "\(folder)/logs"), folder)
        }
    }

    @Test("A topology is found by its hash, among the files first and then among the runs")
    func found() async throws {
        try await withFolders { search, folder in
            for (count, file) in [(5, "topologies/five.yaml"), (6, "logs/verify-1/topology.yaml")] {
                var topology = Topology()
                topology.nodes = .count(count)
                let found = try search.topology(withHash: topology.ofRun.contentHash)
                #expect(found.file == "\(folder)/\(file)")
                #expect(found.topology.nodes.count == count)
            }
        }
    }

    @Test("A file and the copy of it that a verification keeps are the same topology")
    func copyOfVerification() async throws {
        try await withFolders { search, folder in
            var topology = try Topology(contentsOf: "\(folder)/topologies/five.yaml").ofRun
            #expect(topology.clients.count == 20)
            topology.name = "verify-9"
            topology.seed = 9
            topology.mode = .simulated
            let copy = try Topology(yaml: topology.yaml, file: "copy")
            #expect(
                try search.topology(withHash: copy.ofRun.contentHash).file == "\(folder)/topologies/five.yaml")
        }
    }

    @Test("A load keeps the clients it was given, and tells a topology from the same one without it")
    func load() async throws {
        try await withFolders { search, folder in
            try "{nodes: {count: 5}, clients: {count: 7}, load: {minutes: 5}}".write(
                toFile: "\(folder)/topologies/busy.yaml", atomically: true, encoding: .utf8)
            let busy = try Topology(contentsOf: "\(folder)/topologies/busy.yaml")
            #expect(busy.ofRun.clients.count == 7)
            #expect(try search.topology(withHash: busy.ofRun.contentHash).file == "\(folder)/topologies/busy.yaml")
            var idle = busy
            idle.load = nil
            #expect(try search.topology(withHash: idle.ofRun.contentHash).file == "\(folder)/topologies/five.yaml")
        }
    }

    @Test("A file with a load is also that of a verification, and one without that of a bench with the default load")
    func otherLoad() async throws {
        try await withFolders { search, folder in
            let file = "\(folder)/topologies/x.yaml"
            let load = Topology.LoadSettings()
            let cases: [(yaml: String, run: Topology.LoadSettings?)] = [
                ("{nodes: {count: 7}, load: {minutes: 5}}", nil), ("nodes: {count: 7}", load),
            ]
            for (yaml, run) in cases {
                try yaml.write(toFile: file, atomically: true, encoding: .utf8)
                var wanted = Topology()
                wanted.nodes = .count(7)
                wanted.load = run
                wanted.mode = .simulated
                let hash = wanted.ofRun.contentHash
                for found in [
                    try TopologySearch.topology(in: file, withHash: hash), try search.topology(withHash: hash),
                ] {
                    #expect(found == TopologySearch.Found(topology: wanted, file: file))
                }
                wanted.load = load
                wanted.load?.minutes = 6
                let other = wanted.contentHash
                #expect(throws: TopologySearch.Failure.self) {
                    try TopologySearch.topology(in: file, withHash: other)
                }
            }
        }
    }

    @Test("A file whose run was simulated by a flag is read as a simulation's")
    func modeOfFlag() async throws {
        try await withFolders { search, folder in
            let file = "\(folder)/topologies/x.yaml"
            try "{mode: in-process, crypto: modelled, network: {profile: internet}}".write(
                toFile: file, atomically: true, encoding: .utf8)
            var wanted = Topology()
            wanted.crypto = .modelled
            wanted.network.profile = .internet
            #expect(try search.topology(withHash: wanted.ofRun.contentHash).file == file)
        }
    }

    @Test("A hash that nothing has is told with where it was looked for, and with the files that could not be read")
    func notFound() async throws {
        try await withFolders { search, folder in
            try "sed: 1".write(toFile: "\(folder)/topologies/bad.yaml", atomically: true, encoding: .utf8)
            do throws(TopologySearch.Failure) {
                let found = try search.topology(withHash: "0123456789abcdef")
                Issue.record("found \(found)")
            } catch {
                #expect(
                    error.description == """
                        no topology with the hash 0123456789abcdef in \(folder)/topologies/*.yaml or \
                        \(folder)/logs/*/topology.yaml; name the run's topology with --topology FILE
                        these could not be read:
                        \(folder)/topologies/bad.yaml:1: 'sed' is not a known key; did you mean 'seed'?
                        """)
            }
        }
    }

    @Test("Folders that are not there hold nothing")
    func noFolders() {
        #expect(throws: TopologySearch.Failure.self) {
            try TopologySearch(topologies: "/nowhere/t", logs: "/nowhere/l").topology(withHash: "0123456789abcdef")
        }
    }

    @Test("A file that was named must have the token's hash")
    func named() async throws {
        try await withFolders { _, folder in
            let file = "\(folder)/topologies/five.yaml"
            var five = Topology()
            five.nodes = .count(5)
            five.mode = .simulated
            let hash = five.ofRun.contentHash
            let found = try TopologySearch.topology(in: file, withHash: hash)
            #expect(found.topology == five)
            let wanted = Topology().ofRun.contentHash
            #expect(throws: TopologySearch.Failure.otherHash(file: file, hash: hash, wanted: wanted)) {
                try TopologySearch.topology(in: file, withHash: wanted)
            }
        }
    }
}
