import Foundation
import NodeRuntime
import Orchestrator
import SessionProtocol
import Testing

extension ExecutableTests {
    /// Networks whose files may not grow. To a program that is much as a full disk is, and needs no disk of its own.
    @Suite struct FullDisk {
        private func requireWholeLines(_ run: RunDirectory) throws {
            let text = try String(contentsOfFile: run.events, encoding: .utf8)
            #expect(text.hasSuffix("\n"))
            for line in text.split(separator: "\n") { _ = try JSON(parsing: Bytes(line.utf8)) }
        }

        /// How large files may become, in units of 512 bytes: from where nothing can be opened to where stores fail.
        static let limits: [(mode: String, blocks: Int)] = [
            ("in-process", 8), ("in-process", 100), ("in-process", 300), ("subprocess", 100), ("subprocess", 300),
            ("simulated", 8), ("simulated", 40),
        ]

        @Test("A run that could not keep what it must is never violated, and says what it lacked", arguments: limits)
        func inconclusive(row: (mode: String, blocks: Int)) async throws {
            try await withRunFolder { folder in
                let outcome = try await Program.run(
                    ["verify", "--nodes", "4", "--messages", "30", "--mode", row.mode, "--seed", "5", "--name", "v"],
                    in: folder, shell: "ulimit -S -f \(row.blocks)")
                #expect(outcome.code == 2, "\(outcome)")
                #expect(outcome.output.contains("inconclusive") && !outcome.output.contains("violated"), "\(outcome)")
                #expect(
                    (outcome.output + outcome.errors).contains(/File too large|disk I\/O error|is full/), "\(outcome)")
                try requireWholeLines(RunDirectory(name: "v", parent: "\(folder)/logs"))
            }
        }

        private func limitFiles(of process: Int32, to limit: String) async throws {
            let command = Process()
            command.executableURL = URL(fileURLWithPath: "/usr/bin/prlimit")
            command.arguments = ["--pid", String(process), "--fsize=\(limit):"]
            let end = AsyncStream<Int32> { continuation in
                command.terminationHandler = { continuation.yield($0.terminationStatus) }
            }
            try command.run()
            for await status in end {
                try #require(status == 0)
                return
            }
        }

        private func status(in folder: String) async throws -> JSON {
            let outcome = try await Program.run(["status", "--json"], in: folder)
            #expect(outcome.code == 0, "\(outcome)")
            return try outcome.json()
        }

        @Test("A network whose disk is full says so, and goes on by itself once there is room")
        func goesOn() async throws {
            try await withRunFolder { folder in
                let up = try await Program.run(["up", "--nodes", "4", "--detach", "--json"], in: folder)
                #expect(up.code == 0, "\(up)")
                let process = Int32(try #require(try up.json()["pid"]?.asInteger))

                try await limitFiles(of: process, to: "1")
                let refused = try await Program.run(["ledger", "advance", "--blocks", "3"], in: folder)
                #expect(refused.code != 0 && refused.errors.contains("disk I/O error"), "\(refused)")
                let restarted = try await Program.run(["node", "restart", "n3"], in: folder)
                #expect(restarted.code == 73 && restarted.errors.contains("cannot write"), "\(restarted)")
                #expect(!restarted.errors.contains("Domain"), "\(restarted)")
                let third = try await status(in: folder)["nodes"]?.asArray?.first { $0["name"] == "n3" }
                #expect(third?["state"] == "running", "what cannot start again is not stopped")
                let lacks = try #require(try await status(in: folder)["lacks"]?.asArray).compactMap(\.asString)
                #expect(lacks.contains { $0.hasPrefix("ledger: ") }, "\(lacks)")
                #expect(lacks.contains { $0.contains("events.jsonl: File too large") }, "\(lacks)")
                let table = try await Program.run(["status"], in: folder)
                #expect(table.output.contains("cannot write: ledger: "), "\(table)")

                try await limitFiles(of: process, to: "unlimited")
                // By itself: nothing else is asked of it.
                while try await status(in: folder)["lacks"]?.asArray?.contains(where: {
                    $0.asString?.hasPrefix("ledger") == true
                }) != false {}
                for verb in [["ledger", "advance", "--blocks", "3"], ["node", "restart", "n3"], ["status"]] {
                    let outcome = try await Program.run(verb, in: folder)
                    #expect(outcome.code == 0, "\(verb): \(outcome)")
                    #expect(!outcome.output.contains("cannot write"), "\(outcome)")
                }
                #expect(try await Program.run(["down"], in: folder).code == 0)
                let run = RunDirectory(name: "dev", parent: "\(folder)/logs")
                try requireWholeLines(run)
                // What happened while it could not be written is in the log as well.
                #expect(try run.events(.writingFailed).contains { $0["disk"] == true })
                #expect(try !run.events(.writingResumed).isEmpty)
            }
        }
    }
}
