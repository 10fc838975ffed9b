import Foundation
import SessionProtocol
import Testing

extension ExecutableTests {
    @Suite struct ExitCodes {
        @Test("What is wrong on a command line is told with the cure, with exit code 64, before anything starts")
        func usage() async throws {
            try await withRunFolder { folder in
                for (line, text) in [
                    ("logs n1 -n=-1", "0–1000000000 lines"), ("logs n1 -n -1", "0–1000000000 lines"),
                    ("up --timeout=9223372036854775807", "--timeout is 9223372036854775807, outside 1–86400 seconds"),
                    ("up --timeout=-1", "--timeout is -1, outside 1–86400 seconds"),
                    ("up --timeout 0 --detach", "--timeout is 0, outside 1–86400 seconds"),
                    ("up --nodes -1", "--nodes is -1, outside 1–10000"),
                    ("up --rpc-port -5", "--rpc-port is -5, outside 0–65535"),
                    ("verify --messages -3", "--messages is -3, outside 1–10000"),
                    ("bench --minutes -1", "--minutes is -1, outside 1–100000 minutes"),
                    ("ledger economics --price=-1", "give a number of 0.000001–1000000 USD"),
                    ("ledger economics --nodes 0", "give a whole number of 3–1000000 nodes"),
                    ("ledger economics --trials 1e3", "give a whole number of 1–1000000 networks"),
                    ("ledger economics --fall nan", "give a number of 0–1 of the price"),
                    ("ledger economics --shares 1,100", "0–99 percent"),
                    ("ledger economics --shares 1,,2", "0–99 percent"),
                    ("ledger lag n1 --blocks -2", "0–360 blocks"), ("ledger reorg --depth 361", "1–360 blocks"),
                    ("ledger advance --days 0", "1–1388 days"), ("ledger quorum --height -1", "blocks"),
                    ("ledger transfer --to a --amount -1", "more than 0 coins"),
                    ("ledger stake n1 --amount 0", "more than 0 coins"),
                    ("ledger register n1 --fee 101", "0–100 percent"),
                    ("ledger register n1 --reserve anna", "WALLET=COINS"), ("node add --count 0", "1–10000 nodes"),
                    ("swarms --changes -1", "changes"),
                    ("verify --kill n1 --kill n2", "--kill is given 2 times (n1, n2); give it once"),
                    ("verify --kill n1 --kill n2 --kill n3", "--kill is given 3 times (n1, n2, n3); give it once"),
                    ("up --seed=1 --nodes 4 --seed 2", "--seed is given 2 times (1, 2); give it once"),
                    ("logs -n 1 -n 2", "-n is given 2 times (1, 2); give it once"),
                    ("verfy --nodes 4", "'testnet' has no verb 'verfy'; did you mean 'verify'?"),
                    ("statsu", "did you mean 'status'?"),
                    ("node kil n1", "'testnet node' has no verb 'kil'; did you mean 'kill'?"),
                    ("ledger qorum", "did you mean 'quorum'?"), ("frobnicate", "its verbs are up, down, ps, status"),
                    ("up --listen-ip 192.0.2.1", "--listen-ip is '192.0.2.1', not an address of this machine"),
                    ("up --tls-cert no.pem --tls-key no.pem", "cannot read no.pem: No such file or directory"),
                    ("verify --tls-cert no.pem --tls-key no.pem", "cannot read no.pem"),
                    ("up --mode simulated", "use 'testnet verify --mode simulated'"),
                ] {
                    let outcome = try await Program.run(line.split(separator: " ").map(String.init), in: folder)
                    #expect(outcome.code == 64 && outcome.wordsOfErrors.contains(text), "\(line): \(outcome)")
                    #expect(!outcome.errors.contains("--rpc-port 0"), "\(line): \(outcome)")
                }
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/logs"))
            }
        }

        @Test("A folder of runs that is a file is refused by every verb, with exit code 64")
        func fileAsFolder() async throws {
            try await withRunFolder { folder in
                try "mine".write(toFile: "\(folder)/file", atomically: true, encoding: .utf8)
                for verb in [
                    "up", "up --detach", "verify --mode simulated", "ps", "status", "status dev", "logs", "down --all",
                    "down dev", "env", "swarms", "node kill n1", "ledger show", "replay tn1:1:1:1:1",
                ] {
                    let words = verb.split(separator: " ").map(String.init)
                    let outcome = try await Program.run(words + ["--logs", "file"], in: folder)
                    #expect(outcome.code == 64, "\(verb): \(outcome)")
                    #expect(
                        outcome.wordsOfErrors.contains("--logs: file is a file; give a folder"), "\(verb): \(outcome)")
                }
                #expect(try String(contentsOfFile: "\(folder)/file", encoding: .utf8) == "mine")
            }
        }

        @Test("A certificate of a topology that is no certificate, or has another's key, is refused with its file")
        func certificates() async throws {
            try await withRunFolder { folder in
                try "no certificate".write(toFile: "\(folder)/bad.pem", atomically: true, encoding: .utf8)
                try "tls: {certificate: bad.pem, key: bad.pem}\n".write(
                    toFile: "\(folder)/tls.yaml", atomically: true, encoding: .utf8)
                for verb in [["up"], ["up", "--detach"], ["verify", "--mode", "subprocess"]] {
                    let outcome = try await Program.run(verb + ["tls.yaml"], in: folder)
                    #expect(outcome.code == 64 && outcome.errors.contains("tls.yaml: tls"), "\(outcome)")
                    #expect(
                        outcome.errors.contains("cannot use the certificate bad.pem with the key bad.pem"), "\(outcome)"
                    )
                }
            }
        }

        @Test("Each way to end has its own code, whatever the verb")
        func meanings() async throws {
            try await withRunFolder { folder in
                func code(_ line: String) async throws -> Int32 {
                    try await Program.run(line.split(separator: " ").map(String.init), in: folder).code
                }
                // Nothing is up.
                #expect(try await code("status") == 66)
                #expect(try await code("logs") == 66)
                #expect(try await code("down") == 0)
                #expect(try await code("down nobody") == 66)
                #expect(try await code("verify --nodes 4 --messages 2 --name once --mode simulated") == 0)
                #expect(try await code("down once") == 0)
                #expect(try await code("status --name once") == 64)
                // Something is.
                #expect(try await code("up --nodes 4 --detach") == 0)
                for start in [
                    "up --nodes 4", "up --nodes 4 --detach", "verify --nodes 4 --name dev", "bench --name dev",
                ] {
                    #expect(try await code(start) == 75, "\(start)")
                }
                #expect(try await code("status --name nobody") == 66)
                #expect(try await code("node kill n9") == 64)
                #expect(try await code("ledger transfer --from nobody --to anna --amount 1") == 64)
                #expect(try await code("down") == 0)
                #expect(try await code("down") == 0)
                #expect(try await code("down dev") == 0)
                #expect(try await code("status") == 66)
                // Nothing can be written.
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/logs/photos", withIntermediateDirectories: true)
                try "mine".write(toFile: "\(folder)/logs/photos/lock", atomically: true, encoding: .utf8)
                #expect(try await code("verify --nodes 4 --name photos") == 73)
                #expect(try String(contentsOfFile: "\(folder)/logs/photos/lock", encoding: .utf8) == "mine")
                #expect(try await code("up --nodes 4 --wait registered --timeout 1 --block-time 1h") == 124)
            }
        }

        @Test(
            "The time to become ready counts from the start of the process, and holds for all that the start does",
            arguments: ["in-process", "subprocess"])
        func timeout(mode: String) async throws {
            try await withRunFolder { folder in
                // A node that never answers keeps the very first step from ending.
                try """
                mode: \(mode)
                nodes:
                  - {name: a}
                  - {name: b}
                  - {name: c}
                  - {name: d}
                  - name: ext
                    external:
                      executable: /bin/sh
                      arguments: [-c, "exec sleep 86399", "{ledger}{httpsPort}{omqPort}"]
                """.write(toFile: "\(folder)/silent.yaml", atomically: true, encoding: .utf8)
                for verb in [["up"], ["up", "--detach"], ["verify"]] {
                    let outcome = try await Program.run(verb + ["silent.yaml", "--timeout", "2"], in: folder)
                    #expect(outcome.code == 124, "\(verb): \(outcome)")
                    #expect(
                        outcome.errors.contains("not ready after 2.0 seconds: waiting for nodes answering"),
                        "\(outcome)")
                    #expect(ProcessTable.processes(in: folder).isEmpty)
                }
            }
        }

        @Test("Of many starts of one name at once one succeeds, and every other names it")
        func simultaneous() async throws {
            try await withRunFolder { folder in
                // What an earlier run left names a process that is no more.
                #expect(try await Program.run(["up", "--nodes", "4", "--detach"], in: folder).code == 0)
                #expect(try await Program.run(["down"], in: folder).code == 0)
                let starts = try (0..<6).map { _ in try Program(["up", "--nodes", "4", "--wait", "none"], in: folder) }
                var refused: [Program.Outcome] = []
                var holder: Program?
                for start in starts {
                    do {
                        try await start.line(containing: "Clients bootstrap from")
                        #expect(holder == nil)
                        holder = start
                    } catch is Program.EndedEarly {
                        refused.append(try await start.outcome())
                    }
                }
                let winner = try #require(holder)
                #expect(refused.count == 5)
                for outcome in refused {
                    #expect(outcome.code == 75, "\(outcome)")
                    let holder = "held by process \(winner.processID)"
                    #expect(["\(holder),", "\(holder);"].contains { outcome.errors.contains($0) }, "\(outcome)")
                }
                winner.signal(SIGINT)
                #expect(try await winner.outcome().code == 0)
            }
        }

        @Test("The help of up lists what up takes, and no more")
        func help() async throws {
            try await withRunFolder { folder in
                let up = try await Program.run(["up", "--help"], in: folder).output
                for refused in ["simulated", "modelled", "100000", "virtual"] {
                    #expect(!up.contains(refused), "\(refused)")
                }
                let verify = try await Program.run(["verify", "--help"], in: folder).output
                for taken in ["simulated", "modelled", "100000"] { #expect(verify.contains(taken), "\(taken)") }
                #expect(!up.contains("the only one that is up") && !verify.contains("the only one that is up"))
            }
        }

        @Test("Shares are taken with commas and with spaces")
        func names() async throws {
            try await withRunFolder { folder in
                for shares in [["1,5"], ["1", "5"], ["1,5", "--seed", "3"]] {
                    let report = try await Program.run(
                        ["ledger", "economics", "--trials", "1", "--json", "--shares"] + shares, in: folder
                    ).json()
                    #expect(
                        report["rows"]?.asArray?.compactMap { $0["percent"]?.asInteger } == [1, 5], "\(report.text)")
                }
            }
        }
    }
}
