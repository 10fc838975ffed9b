import Foundation
import SessionProtocol
import Testing

extension ExecutableTests {
    @Suite struct Up {
        /// A network that never becomes ready, because its ledger makes no block.
        private func writeEndlessWait(in folder: String, mode: String = "subprocess") throws {
            try "mode: \(mode)\nnodes: {count: 4}\nledger: {blockTime: 1h}\n".write(
                toFile: "\(folder)/waiting.yaml", atomically: true, encoding: .utf8)
        }

        private func status(in folder: String, _ name: String = "dev") async throws -> JSON {
            let outcome = try await Program.run(["status", "--name", name, "--json"], in: folder)
            #expect(outcome.code == 0, "\(outcome)")
            return try outcome.json()
        }

        @Test(
            "Killed without warning, the orchestrator leaves no child and no port behind, and its name can be used again"
        )
        func killed() async throws {
            try await withRunFolder { folder in
                let up = try Program(
                    ["up", "--mode", "subprocess", "--nodes", "6", "--seed", "1"], in: folder)
                try await up.line(containing: "Clients bootstrap from")
                let status = try await status(in: folder)
                let ports = try LoopbackPort.all(of: status)
                #expect(ports.count == 14 && ports.allSatisfy { !$0.isFree })
                let children = try #require(status["nodes"]?.asArray).compactMap { $0["pid"]?.asInteger }
                    .map(Int32.init)
                #expect(Set(children).count == 6 && !children.contains(up.processID))
                let watch = try ProcessWatch(children)

                up.signal(SIGKILL)
                #expect(try await up.outcome().code == -SIGKILL)
                #expect(await watch.survivors().isEmpty)
                #expect(ProcessTable.processes(in: folder).isEmpty)
                #expect(ports.filter { !$0.isFree }.isEmpty)

                let orphan = try await Program.run(["status"], in: folder)
                #expect(orphan.code == 66 && orphan.errors.contains("is not up"), "\(orphan)")
                #expect(FileManager.default.fileExists(atPath: "\(folder)/logs/dev/control.sock"))
                let again = try await Program.run(["up", "--nodes", "4", "--detach"], in: folder)
                #expect(again.code == 0, "\(again)")
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test(
            "A second network of the same name is refused and told who holds the run; another name runs beside it"
        )
        func secondOfTheSameName() async throws {
            try await withRunFolder { folder in
                let first = try await Program.run(
                    ["up", "--nodes", "4", "--detach", "--name", "a"], in: folder)
                #expect(first.code == 0, "\(first)")
                let holder = try await status(in: folder, "a")
                let second = try await Program.run(["up", "--nodes", "4", "--name", "a"], in: folder)
                #expect(second.code == 75)
                let pid = try #require(holder["pid"]?.asInteger)
                let rpc = try #require(holder["ledger"]?["rpcURL"]?.asString)
                #expect(
                    second.errors.contains("already up, held by process \(pid), rpc \(rpc)"), "\(second)")

                let other = try await Program.run(
                    ["up", "--nodes", "4", "--detach", "--name", "b"], in: folder)
                #expect(other.code == 0, "\(other)")
                #expect(try await status(in: folder, "a")["ready"] == true)
                for name in ["a", "b"] {
                    #expect(try await Program.run(["down", name], in: folder).code == 0)
                }
                #expect(ProcessTable.processes(in: folder).isEmpty)
            }
        }

        @Test("A taken RPC port is named, with exit code 69")
        func takenPort() async throws {
            try await withRunFolder { folder in
                let taken = try LoopbackPort.Listener(LoopbackPort(address: .loopback, port: 0))
                let outcome = try await Program.run(["up", "--rpc-port", "\(taken.port)"], in: folder)
                #expect(outcome.code == 69, "\(outcome)")
                #expect(outcome.errors.contains("--rpc-port \(taken.port)"), "\(outcome)")
                withExtendedLifetime(taken) {}
            }
        }

        @Test(
            "Ctrl-C while the network starts ends everything in good order, with exit code 130",
            arguments: ["in-process", "subprocess"])
        func interrupted(mode: String) async throws {
            try await withRunFolder { folder in
                try writeEndlessWait(in: folder, mode: mode)
                let up = try Program(["up", "waiting.yaml"], in: folder)
                try await up.line(containing: "nodes answering 4/4")
                up.signal(SIGINT)
                let outcome = try await up.outcome()
                #expect(outcome.code == 130, "\(outcome)")
                #expect(ProcessTable.processes(in: folder).isEmpty)
                let files = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/logs/dev")
                #expect(files.filter { $0.hasSuffix(".sock") } == [])
            }
        }

        @Test("Ctrl-C on a running network ends it with exit code 0")
        func interruptedWhenReady() async throws {
            try await withRunFolder { folder in
                let up = try Program(["up", "--nodes", "4"], in: folder)
                try await up.line(containing: "Clients bootstrap from")
                up.signal(SIGINT)
                let outcome = try await up.outcome()
                #expect(outcome.code == 0, "\(outcome)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/logs/dev/control.sock"))
            }
        }

        @Test(
            "Every topology that is shipped becomes ready, all its clients with a path",
            arguments: ["default", "three-swarms", "hundred"])
        func shippedTopology(name: String) async throws {
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../topologies/\(name).yaml").standardizedFileURL.path
            try await withRunFolder { folder in
                let up = try await Program.run(["up", file, "--detach", "--json"], in: folder)
                #expect(up.code == 0, "\(up)")
                #expect(try up.json()["ready"] == true)
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test(
            "A node that cannot start ends the wait at once and is named with its reason",
            arguments: ["in-process", "subprocess"])
        func failsAtStart(mode: String) async throws {
            try await withRunFolder { folder in
                let program = "#!/bin/sh\necho 'no certificate in bad.pem'\nexit 3\n"
                try program.write(toFile: "\(folder)/server", atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/server")
                try """
                mode: \(mode)
                nodes:
                  - {name: n1}
                  - {name: n2}
                  - {name: n3}
                  - {name: n4, external: {executable: ./server, arguments: ["{ledger}{httpsPort}{omqPort}"]}}
                """.write(toFile: "\(folder)/ends.yaml", atomically: true, encoding: .utf8)
                let outcome = try await Program.run(["up", "ends.yaml", "--timeout", "3000"], in: folder)
                #expect(outcome.code == 1, "\(outcome)")
                #expect(outcome.errors.contains(/node n4 ended:/), "\(outcome)")
                #expect(outcome.errors.contains("bad.pem"), "\(outcome)")
                #expect(ProcessTable.processes(in: folder).isEmpty)
            }
        }

        @Test("A node that dies while the network waits ends the wait at once with its last log lines")
        func diesWhileWaiting() async throws {
            try await withRunFolder { folder in
                try writeEndlessWait(in: folder)
                let up = try Program(["up", "waiting.yaml", "--timeout", "3000"], in: folder)
                try await up.line(containing: "nodes answering 4/4")
                let nodes = try #require(try await status(in: folder)["nodes"]?.asArray)
                kill(Int32(try #require(nodes[2]["pid"]?.asInteger)), SIGKILL)
                let outcome = try await up.outcome()
                #expect(outcome.code == 1, "\(outcome)")
                #expect(outcome.errors.contains("node n3 ended: ended by signal 9"), "\(outcome)")
                #expect(outcome.errors.contains(/n3 \| .* nodeStarted/), "\(outcome)")
                #expect(ProcessTable.processes(in: folder).isEmpty)
            }
        }
    }
}
