import Foundation
import SessionProtocol
import Testing

extension ExecutableTests {
    @Suite struct TopologySource {
        @Test(
            "A topology is read once, whatever it is read from, also by a network that stays in the background",
            arguments: [
                ("exec <five.yaml", "-"), ("exec <five.yaml", "/dev/stdin"),
                ("mkfifo pipe && (cat five.yaml >pipe &)", "pipe"),
                ("mkfifo pipe && (cat five.yaml >pipe &) && exec 5<pipe", "/dev/fd/5"),
                ("mkfifo pipe && (cat five.yaml >pipe &) && exec <pipe", "-"),
            ])
        func readOnce(shell: String, file: String) async throws {
            try await withRunFolder { folder in
                try "name: five\nseed: 77\nnodes: {count: 5}\n".write(
                    toFile: "\(folder)/five.yaml", atomically: true, encoding: .utf8)
                let up = try await Program.run(["up", "--detach", "--json", file], in: folder, shell: shell)
                #expect(up.code == 0, "\(up)")
                let status = try up.json()
                #expect(status["seed"] == 77 && status["name"] == "five" && status["nodes"]?.asArray?.count == 5)
                #expect(try await Program.run(["down", "five"], in: folder).code == 0)
            }
        }

        @Test("Flags reach a network in the background wherever they stand, also before and behind --")
        func flags() async throws {
            try await withRunFolder { folder in
                try "nodes: {count: 9}\n".write(toFile: "\(folder)/-n.yaml", atomically: true, encoding: .utf8)
                for arguments in [
                    ["--detach", "--nodes", "4", "--seed=6", "--", "-n.yaml"],
                    ["./-n.yaml", "--nodes=4", "--seed", "6", "--detach"],
                ] {
                    let up = try await Program.run(["up", "--json"] + arguments, in: folder)
                    #expect(up.code == 0, "\(arguments): \(up)")
                    let status = try up.json()
                    #expect(status["seed"] == 6 && status["nodes"]?.asArray?.count == 4, "\(arguments)")
                    #expect(try await Program.run(["down"], in: folder).code == 0)
                }
            }
        }

        @Test("What is wrong with standard input is told by its line, and what never ends is not read for ever")
        func refused() async throws {
            try await withRunFolder { folder in
                try "nodes:\n  cuont: 4\n".write(toFile: "\(folder)/bad.yaml", atomically: true, encoding: .utf8)
                for (shell, file, text) in [
                    ("exec <bad.yaml", "-", "standard input:2: 'nodes.cuont' is not a known key"),
                    ("exec </dev/zero", "-", "standard input: has more than 16 MiB"),
                    ("true", "/dev/zero", "/dev/zero: has more than 16 MiB"),
                ] {
                    for verb in [["up", "--detach"], ["verify"]] {
                        let outcome = try await Program.run(verb + [file], in: folder, shell: shell)
                        #expect(outcome.code == 64 && outcome.errors.contains(text), "\(outcome)")
                    }
                }
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/logs"))
            }
        }
    }
}
