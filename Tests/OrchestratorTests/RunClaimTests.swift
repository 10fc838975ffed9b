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
                    ".testnet-run", "lock", "nodes", "up.log",
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

    @Test(
        "Nothing that no run wrote is ever removed, whatever it is called",
        arguments: ["lock", "nodes", "events.jsonl", "topology.yaml", ".testnet-run", "control.sock", "tls"])
    func lookalikes(file: String) async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "app", parent: folder)
            try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
            for name in [file, "main.c"] {
                try "mine".write(toFile: "\(directory.path)/\(name)", atomically: true, encoding: .utf8)
            }
            #expect(throws: RunError.foreignDirectory(path: directory.path)) { try RunClaim(directory) }
            for name in [file, "main.c"] {
                #expect(try String(contentsOfFile: "\(directory.path)/\(name)", encoding: .utf8) == "mine")
            }
        }
    }

    @Test("What somebody put beside a run's own files stays when the run starts anew")
    func guests() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "dev", parent: folder)
            do { _ = try RunClaim(directory) }
            let guests = ["notes.txt", "topology.yaml.bak", "tls.old", "ledger.sqlite.copy"]
            for name in guests + ["topology.yaml", "ledger.sqlite-wal"] {
                try "text".write(toFile: "\(directory.path)/\(name)", atomically: true, encoding: .utf8)
            }
            _ = try RunClaim(directory)
            let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(left.sorted() == ([".testnet-run", "lock", "nodes"] + guests).sorted())
        }
    }

    @Test("A directory that an earlier version made is a run's, by the run in its log")
    func olderVersion() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "dev", parent: folder)
            try FileManager.default.createDirectory(atPath: directory.nodes, withIntermediateDirectories: true)
            try "process 5, rpc http://127.0.0.1:5\n".write(toFile: directory.lock, atomically: true, encoding: .utf8)
            #expect(throws: RunError.foreignDirectory(path: directory.path)) { try RunClaim(directory) }
            try #"{"event":"runStarted","mode":"in-process","name":"dev","source":"testnet","time":1}"#.write(
                toFile: directory.events, atomically: true, encoding: .utf8)
            _ = try RunClaim(directory)
            #expect(!FileManager.default.fileExists(atPath: directory.events))
        }
    }

    @Test("Who is refused is told the process that holds the run, not the one that an old lock names")
    func realHolder() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "dev", parent: folder)
            let claim = try RunClaim(directory)
            for text in ["", "process 1, rpc http://127.0.0.1:5\n", "process \(getpid())7, simulated\n"] {
                try text.write(toFile: directory.lock, atomically: false, encoding: .utf8)
                let error = #expect(throws: RunError.self) { try RunClaim(directory) }
                #expect(error == .held(name: "dev", by: "process \(getpid())"))
                #expect(directory.holder == "process \(getpid())")
            }
            withExtendedLifetime(claim) {}
        }
    }

    @Test("The name is held on when the directory is gone, and whoever claimed it is told")
    func removed() async throws {
        try await withFolder { folder in
            let directory = RunDirectory(name: "dev", parent: folder)
            do {
                let claim = try RunClaim(directory)
                let (losses, loss) = AsyncStream.makeStream(of: Void.self)
                let watch = RunClaimWatch(claim) { loss.finish() }
                try FileManager.default.removeItem(atPath: directory.path)
                for await _ in losses {}
                #expect(throws: RunError.held(name: "dev", by: "process \(getpid())")) { try RunClaim(directory) }
                withExtendedLifetime((claim, watch)) {}
            }
            _ = try RunClaim(directory)
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
