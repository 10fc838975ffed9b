import Foundation
import Testing

@testable import Orchestrator

@Suite struct RunClaimTests {
    @Test("A second claim is refused and says who holds the run, until the holder lets go")
    func exclusive() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "dev", parent: folder)
            do {
                let first = try RunClaim(directory)
                try first.describe("rpc http://127.0.0.1:5")
                let error = #expect(throws: RunError.self) { try RunClaim(directory) }
                #expect(error == .held(name: "dev", by: "process \(getpid()), rpc http://127.0.0.1:5"))
                // Another name is another run.
                _ = try RunClaim(RunDirectory(name: "other", parent: folder))
                withExtendedLifetime(first) {}
            }
            _ = try RunClaim(directory)
        }
    }

    @Test("Whoever is refused is told how to end what holds the run, or to wait for a simulation")
    func advice() {
        let network = RunError.held(name: "dev", by: "process 5, rpc http://127.0.0.1:5").description
        #expect(network.contains("stop it with 'testnet down dev'") && network.contains("127.0.0.1:5"))
        let simulation = RunError.held(name: "dev", by: "process 5, simulated").description
        #expect(simulation.contains("process 5") && simulation.contains("wait for its end or choose another --name"))
        #expect(!simulation.contains("testnet down"))
    }

    @Test("A claim removes what an earlier run left, but not the output of the process that claims")
    func leftovers() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "dev", parent: folder)
            do { _ = try RunClaim(directory) }
            let files = FileManager.default
            try files.createDirectory(
                atPath: directory.node("n1").path, withIntermediateDirectories: true)
            for path in [
                directory.controlSocket, directory.events, directory.node("n1").database, directory.output,
            ] {
                try "stale".write(toFile: path, atomically: true, encoding: .utf8)
            }
            _ = try RunClaim(directory)
            #expect(
                try files.contentsOfDirectory(atPath: directory.path).sorted() == [
                    "lock", "nodes", "up.log",
                ])
            #expect(try directory.nodeNames().isEmpty)
        }
    }

    @Test("A directory that no run made is left alone, and the refusal names it")
    func foreignDirectory() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "photos", parent: folder)
            try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
            try "mine".write(toFile: "\(directory.path)/cat", atomically: true, encoding: .utf8)
            #expect(throws: RunError.foreignDirectory(path: directory.path)) { try RunClaim(directory) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["cat"])
        }
    }

    @Test("'latest' leads to the run that was claimed last")
    func latest() async throws {
        try await withFolder { folder in
            #expect(RunDirectory.latest(in: folder) == nil)
            for name in ["one", "two", "one"] {
                let directory = RunDirectory(name: name, parent: folder)
                _ = try RunClaim(directory)
                #expect(RunDirectory.latest(in: folder) == directory)
            }
        }
    }

    @Test("A directory that cannot be made is an error that names it")
    func unwritable() async throws {
        try await withFolder { folder in
            try "a file".write(toFile: "\(folder)/logs", atomically: true, encoding: .utf8)
            let error = #expect(throws: (any Error).self) {
                try RunClaim(RunDirectory(name: "dev", parent: "\(folder)/logs"))
            }
            #expect("\(try #require(error))".contains("\(folder)/logs"))
        }
    }
}
