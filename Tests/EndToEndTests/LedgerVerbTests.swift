import Foundation
import SessionProtocol
import Testing
import TimeLimits

extension ExecutableTests {
    @Suite("The ledger's verbs", .workLimit(minutes: 3)) struct LedgerVerbs {
        @Test("Every verb of the ledger works on a detached network: who does what shows in what the next one prints")
        func everyVerb() async throws {
            try await withRunFolder { folder in
                func json(_ words: String) async throws -> JSON {
                    let arguments = words.split(separator: " ").map(String.init) + ["--json"]
                    let outcome = try await Program.run(arguments, in: folder)
                    #expect(outcome.code == 0, "\(words): \(outcome)")
                    return try outcome.json()
                }
                func entry(_ name: String) async throws -> JSON? {
                    try await json("ledger show")["nodes"]?.asArray?.first { $0["node"] == .string(name) }
                }
                func wallet(_ name: String) async throws -> JSON? {
                    try await json("ledger wallets")["wallets"]?.asArray?.first { $0["name"] == .string(name) }
                }
                try "ledger: {stake: 100, testing: {enabled: false}, blocks: {unlock: 5, deregistrationLock: 10}}\n"
                    .write(
                        toFile: "\(folder)/t.yaml", atomically: true, encoding: .utf8)
                _ = try await json("up t.yaml --nodes 7 --seed 3 --detach")
                #expect(try await entry("n7")?["state"] == "active")
                #expect(try await json("node add --count 2")["nodes"]?.asArray?.count == 9)
                #expect(try await entry("n9")?["state"] == "active")

                _ = try await json("ledger transfer --to anna --amount 12.5")
                #expect(try await wallet("anna")?["free"] == 12_500_000_000)
                _ = try await json("ledger deregister n9")
                #expect(try await entry("n9") == nil)
                #expect(try await wallet("operator of n9")?["locked"] == 100_000_000_000)
                _ = try await json("ledger register n9 --stake 75 --reserve anna=25 --fee 10")
                #expect(try await entry("n9")?["state"] == "unfunded")
                _ = try await json("ledger stake n9 --wallet anna --amount 25")
                #expect(try await entry("n9")?["state"] == "active")

                _ = try await json("ledger decommission n8")
                #expect(try await entry("n8")?["state"] == "decommissioned")
                _ = try await json("ledger recommission n8")
                #expect(try await entry("n8")?["state"] == "active")

                let height = try #require(try await json("ledger show")["height"]?.asUnsigned)
                #expect(try await json("ledger advance --blocks 3")["height"]?.asUnsigned == height + 3)
                #expect(try await json("ledger reorg --depth 2")["height"]?.asUnsigned == height + 4)
                #expect(try await json("ledger lag n2 --blocks 2")["blocks"] == 2)
                #expect(try await json("ledger restart")["height"]?.asUnsigned == height + 4)
                let quorum = try await json("ledger quorum")
                #expect(quorum["validators"]?.asArray?.isEmpty == false)
                _ = try await json("ledger unlock n9 --wallet anna")
                #expect(try await entry("n9")?["leaves"] != .null)

                let swarms = try await json("swarms")
                #expect(swarms["history"]?.asArray?.isEmpty == false && swarms["policy"] == "whitepaper")
                #expect(try await json("node remove n4 --leaving crash")["nodes"]?.asArray?.count == 8)
                #expect(try await json("down") == ["down": "dev"])
            }
        }

        @Test("What the ledger refuses is told with its rule, and a name that is wrong with the nearest right one")
        func refusals() async throws {
            try await withRunFolder { folder in
                let up = try await Program.run(["up", "--nodes", "5", "--seed", "3", "--detach"], in: folder)
                #expect(up.code == 0, "\(up)")
                let cases: [(String, String)] = [
                    ("ledger register n3", "the ledger refused the registration of n3: "),
                    ("ledger recommission n3", "the ledger refused the state change of n3: "),
                    ("ledger decommission n3 n4 n3", "'n3' is named twice; name every node once"),
                    ("ledger unlock n33", "there is no node 'n33'"),
                    ("ledger transfer --from tresury --to a --amount 1", "did you mean 'treasury'?"),
                    ("ledger transfer --to a --amount 1e9", "up to 18446744073, with up to nine decimals"),
                    ("ledger transfer --to a --amount 18446744073", "the ledger refused the transfer: "),
                    ("ledger reorg --depth 300", "the ledger refused the reorganisation: "),
                    ("ledger lag n3 --blocks 361", "0–360 blocks"),
                    ("ledger quorum --height 4000", "the ledger refused the quorum of block 4000: "),
                    ("node add n3", "'n3' cannot be the name of a new node: a node of the network has it"),
                    ("node add N3", "'N3' cannot be the name of a new node: it is 'N3', not 1–32 of"),
                    ("node remove n77", "there is no node 'n77'"),
                ]
                for (words, text) in cases {
                    let outcome = try await Program.run(words.split(separator: " ").map(String.init), in: folder)
                    #expect(outcome.code == 64 && outcome.wordsOfErrors.contains(text), "\(words): \(outcome)")
                }
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test("A name is sold once: its wallet changes what it stands for free of charge, and nobody else does")
        func names() async throws {
            try await withRunFolder { folder in
                let up = try await Program.run(["up", "--nodes", "5", "--seed", "3", "--detach"], in: folder)
                #expect(up.code == 0, "\(up)")
                func run(_ words: String) async throws -> Program.Outcome {
                    try await Program.run(["ledger"] + words.split(separator: " ").map(String.init), in: folder)
                }
                let (first, second) = (
                    "05" + String(repeating: "ab", count: 32), "05" + String(repeating: "c", count: 64)
                )
                let sold = try await run("name Alice --account \(first) --wallet anna --json").json()
                #expect(sold["burnt"] == 20_000_000_000 && sold["nameHash"]?.asString?.count == 64)
                let changed = try await run("name alice --account \(second) --wallet anna --json").json()
                #expect(changed["burnt"] == 0 && changed["nameHash"] == sold["nameHash"])
                #expect(try await run("show --json").json()["totals"]?["burnt"] == 20_000_000_000)
                let refused: [(String, String)] = [
                    (
                        "alice --account \(first) --wallet eve",
                        "the ledger refused the name registration: name 'alice': it belongs to wallet 'anna',"
                    ),
                    ("a.b --account \(first)", "'name' must be the name of an account: "),
                    ("bob --account 03\(first.dropFirst(2))", "'account' must be a Session ID: "),
                ]
                for (words, text) in refused {
                    let outcome = try await run("name \(words)")
                    #expect(outcome.code == 64 && outcome.wordsOfErrors.contains(text), "\(words): \(outcome)")
                }
                #expect(try await Program.run(["down"], in: folder).code == 0)
            }
        }

        @Test("The cost of an attack is printed without any network, the same for the same seed")
        func economics() async throws {
            try await withRunFolder { folder in
                let words = ["ledger", "economics", "--nodes", "40", "--trials", "5", "--seed", "4", "--shares", "20"]
                let (first, second) = (
                    try await Program.run(words, in: folder), try await Program.run(words, in: folder)
                )
                #expect(first.code == 0 && first.output == second.output, "\(first)")
                #expect(first.output.contains("7,420 USD a node"))
                let report = try await Program.run(words + ["--json"], in: folder).json()
                #expect(report["rows"]?.asArray?.count == 1 && report["seed"] == 4)
            }
        }
    }
}
