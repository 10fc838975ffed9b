import Foundation
import SessionProtocol
import Testing

extension ExecutableTests {
    @Suite struct Ownership {
        /// Whatever in a folder others may read, write or enter.
        private func open(to mask: Int, below folder: String) throws -> [String] {
            try (FileManager.default.subpathsOfDirectory(atPath: folder) + [""]).filter { name in
                // Links have no mode of their own.
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
                let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
                return attributes[.type] as? FileAttributeType != .typeSymbolicLink && mode & mask != 0
            }
        }

        @Test(
            "Nobody but its owner may look into a run, neither while it is up nor afterwards, whatever the umask",
            arguments: ["in-process", "subprocess", "simulated"])
        func closed(mode: String) async throws {
            try await withRunFolder { folder in
                let run = "\(folder)/logs/dev"
                guard mode != "simulated" else {
                    let verify = try await Program.run(
                        ["verify", "--mode", mode, "--nodes", "4", "--name", "dev"], in: folder, shell: "umask 0")
                    #expect(verify.code == 0, "\(verify)")
                    #expect(try open(to: 0o077, below: run) == [])
                    return
                }
                // As an earlier version left it.
                try FileManager.default.createDirectory(
                    atPath: run, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
                let up = try await Program.run(
                    ["up", "--mode", mode, "--nodes", "4", "--detach"], in: folder, shell: "umask 0")
                #expect(up.code == 0, "\(up)")
                let files = try FileManager.default.subpathsOfDirectory(atPath: run)
                for file in ["control.sock", "topology.yaml", "events.jsonl", "ledger.sqlite", "up.log"]
                    + ["control.sock", "node.log", "storage.db", "storage.db-wal", "storage.db-shm"].map({
                        "nodes/n1/\($0)"
                    })
                { #expect(files.contains(file), "\(file)") }
                #expect(files.contains("nodes/n1/node.json") == (mode == "subprocess"))
                #expect(try open(to: 0o077, below: run) == [])
                #expect(try await Program.run(["node", "restart", "n1"], in: folder).code == 0)
                #expect(try open(to: 0o077, below: run) == [])
                #expect(try await Program.run(["down"], in: folder).code == 0)
                #expect(try open(to: 0o077, below: run) == [])
            }
        }

        /// What a shell does to become another user's; nothing of this is possible for anybody but root.
        private static let asNobody = "exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$0\" \"$@\""

        @Test(
            "Of another user's network every verb says that it is not yours, and whose it is, with exit code 77",
            .enabled(if: geteuid() == 0, "only root can become another user"))
        func anotherUsers() async throws {
            try await withRunFolder { folder in
                #expect(try await Program.run(["up", "--nodes", "4", "--detach"], in: folder).code == 0)
                let verbs = [
                    ["status"], ["status", "--name", "dev"], ["down"], ["down", "dev"], ["env"], ["logs"],
                    ["node", "kill", "n1"], ["ledger", "show"], ["swarms"], ["up", "--nodes", "4"],
                    ["up", "--nodes", "4", "--detach"], ["verify", "--nodes", "4", "--name", "dev"],
                ]
                for verb in verbs {
                    let outcome = try await Program.run(verb, in: folder, shell: Self.asNobody)
                    #expect(outcome.code == 77, "\(verb): \(outcome)")
                    #expect(outcome.errors.contains("logs/dev is not yours: it belongs to root"), "\(verb): \(outcome)")
                }
                let list = try await Program.run(["ps"], in: folder, shell: Self.asNobody)
                #expect(list.code == 0 && list.output.contains("no run of yours is up in logs"), "\(list)")
                #expect(list.errors.contains("closed to you: dev (root's)"), "\(list)")
                let json = try await Program.run(["ps", "--json"], in: folder, shell: Self.asNobody).json()
                #expect(json["closed"] == [["name": "dev", "owner": "root"]])
                let end = try await Program.run(["down", "--all"], in: folder, shell: Self.asNobody)
                #expect(end.code == 0 && end.output.contains("no run of yours is up in logs"), "\(end)")
                #expect(end.errors.contains("closed to you: dev (root's)"), "\(end)")
                // Of several, none is the one that was meant.
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/logs/other", withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
                for verb in [["status"], ["down"], ["logs"], ["node", "kill", "n1"]] {
                    let outcome = try await Program.run(verb, in: folder, shell: Self.asNobody)
                    #expect(outcome.code == 77, "\(verb): \(outcome)")
                    #expect(
                        outcome.errors.contains("closed to you: dev (root's), other (root's)"), "\(verb): \(outcome)")
                }
                try FileManager.default.removeItem(atPath: "\(folder)/logs/other")
                // A folder of runs that may not even be listed.
                try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(folder)/logs")
                for verb in verbs {
                    let outcome = try await Program.run(verb, in: folder, shell: Self.asNobody)
                    #expect(outcome.code == 77, "\(verb): \(outcome)")
                    #expect(outcome.errors.contains("logs is not yours: it belongs to root"), "\(verb): \(outcome)")
                }
                #expect(try await Program.run(["status", "--json"], in: folder).json()["ready"] == true)
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test(
            "A network whose directory is removed or moved ends and says why, and another can start under its name",
            arguments: ["rm -rf logs/dev", "mv logs/dev logs/old", "rm -rf logs"])
        func directoryLost(command: String) async throws {
            try await withRunFolder { folder in
                let first = try Program(["up", "--mode", "subprocess", "--nodes", "4"], in: folder)
                try await first.line(containing: "Clients bootstrap from")
                let children = ProcessTable.processes(in: folder).filter { $0 != first.processID }
                let watch = try ProcessWatch(children)
                let shell = Process()
                shell.executableURL = URL(fileURLWithPath: "/bin/sh")
                shell.currentDirectoryURL = URL(fileURLWithPath: folder)
                shell.arguments = ["-c", command]
                try shell.run()
                shell.waitUntilExit()
                #expect(shell.terminationStatus == 0)
                let end = try await first.outcome()
                #expect(end.code == 73, "\(end)")
                #expect(end.errors.contains("logs/dev was moved or removed while its network was up"), "\(end)")
                #expect(await watch.survivors().isEmpty)
                let second = try await Program.run(["up", "--nodes", "4", "--detach"], in: folder)
                #expect(second.code == 0, "\(second)")
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test(
            "Nodes start from the program that started the network, when its file was replaced and when it is gone",
            arguments: [true, false])
        func replacedProgram(isReplaced: Bool) async throws {
            try await withRunFolder { folder in
                let file = "\(folder)/testnet"
                try FileManager.default.copyItem(atPath: Program.path(), toPath: file)
                let up = try await Program.run(
                    ["up", "--mode", "subprocess", "--nodes", "4", "--detach"], in: folder, file: file)
                #expect(up.code == 0, "\(up)")
                try FileManager.default.removeItem(atPath: file)
                if isReplaced {
                    try "#!/bin/sh\nexit 9\n".write(toFile: file, atomically: true, encoding: .utf8)
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
                }
                let restart = try await Program.run(["node", "restart", "n1", "--json"], in: folder)
                #expect(restart.code == 0, "\(restart)")
                #expect(try restart.json()["nodes"]?.asArray?.first?["state"] == "running", "\(restart)")
                let added = try await Program.run(["node", "add", "late"], in: folder)
                #expect(added.code == 0, "\(added)")
                // Whoever looks for the nodes of a network finds them under its program's name.
                let names = try ProcessTable.processes(in: folder).map {
                    try String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8)
                }
                #expect(names == Array(repeating: "testnet\n", count: 6))
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }
    }
}
