import Foundation
import Orchestrator
import SessionProtocol
import Testing

extension ExecutableTests {
    /// What becomes of networks whose output nobody takes.
    @Suite struct UnwritableOutput {
        /// What a shell makes of its output before it becomes the program.
        enum Output: String, CaseIterable {
            case closed = "exec >&-"
            case fullDisk = "exec >/dev/full"
            case readerGone = "mkfifo gone && (: <gone &) && exec >gone"
            case unread = "mkfifo unread && exec 3<>unread >unread && head -c 65536 /dev/zero >&3"
            case nonBlocking =
                "mkfifo unread && exec 3<>unread >unread && head -c 65536 /dev/zero >&3 && dd if=/dev/null oflag=nonblock status=none"
        }

        private func isReady(in folder: String) async throws -> Bool {
            let outcome = try await Program.run(["status", "--json"], in: folder)
            return outcome.code == 0 ? try outcome.json()["ready"] == true : false
        }

        @Test(
            "A network becomes ready, lives and ends in good order, whatever its output is", arguments: Output.allCases)
        func foreground(output: Output) async throws {
            try await withRunFolder { folder in
                let up = try Program(["up", "--nodes", "4"], in: folder, shell: output.rawValue)
                while try await !isReady(in: folder) {
                    try #require(ProcessTable.isAlive(up.processID), "the network ended")
                }
                let down = try await Program.run(["down"], in: folder)
                #expect(down.code == 0, "\(down)")
                let outcome = try await up.outcome()
                #expect(outcome.code == 0, "\(outcome)")
                #expect(ProcessTable.processes(in: folder).isEmpty)
            }
        }

        @Test(
            "A network in the background outlives the output of what started it",
            arguments: [Output.closed, .fullDisk, .readerGone])
        func background(output: Output) async throws {
            try await withRunFolder { folder in
                let up = try await Program.run(["up", "--nodes", "4", "--detach"], in: folder, shell: output.rawValue)
                #expect(up.code == 0, "\(up)")
                #expect(output == .closed || up.errors.contains("cannot write to the standard output"), "\(up)")
                #expect(try await isReady(in: folder))
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test("A log of the background that cannot be made ends nothing")
        func backgroundLog() async throws {
            try await withRunFolder { folder in
                // A directory that a run made, or the next one would not take it over.
                #expect(try await Program.run(["up", "--nodes", "4", "--detach"], in: folder).code == 0)
                #expect(try await Program.run(["down"], in: folder).code == 0)
                let log = "\(folder)/logs/dev/up.log"
                try FileManager.default.removeItem(atPath: log)
                #expect(symlink("/dev/full", log) == 0)
                let up = try await Program.run(["up", "--nodes", "4", "--detach"], in: folder)
                #expect(up.code == 0, "\(up)")
                #expect(try await isReady(in: folder))
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test("A verdict stands in the exit code also where the report cannot be written")
        func verdict() async throws {
            try await withRunFolder { folder in
                let outcome = try await Program.run(
                    ["verify", "--mode", "simulated", "--nodes", "4", "--messages", "2", "--seed", "3"], in: folder,
                    shell: Output.fullDisk.rawValue)
                #expect(outcome.code == 0, "\(outcome)")
                let complaints = outcome.errors.split(separator: "\n").filter { $0.contains("cannot write") }
                #expect(complaints.count == 1, "\(outcome)")
            }
        }
    }
}
