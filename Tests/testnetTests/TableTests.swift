import Orchestrator
import SessionProtocol
import Testing

@testable import testnet

@Suite struct TableTests {
    private static let key = String(repeating: "0123456789abcdef", count: 4)

    /// A network as `status` gets it.
    private static func status(_ names: [String], state: String = "running", external: Bool = false) -> JSON {
        let nodes = names.enumerated().map { number, name -> JSON in
            [
                "name": .string(name), "state": .string(state), "stake": "decommissioned", "pid": 1_234_567,
                "ip": "127.255.255.255", "httpsPort": 65_535, "omqPort": 65_535, "swarm": "7fffffffffffffff",
                "pubkeyEd25519": .string(key), "pubkeyX25519": .string(key), "pubkeyLegacy": .string(key),
                "external": .bool(external && number == 0),
            ]
        }
        return [
            "nodes": .array(nodes),
            "swarms": [["id": "7fffffffffffffff", "members": .array(names.map(JSON.string))]],
            "ledger": [
                "height": 1_234_567, "rpcURL": "http://127.255.255.255:65535",
                "omqAddress": "tcp://127.255.255.255:65535",
                "omqPubkey": .string(key),
            ],
        ]
    }

    private static func ledger(_ names: [String]) -> JSON {
        let nodes = names.map { name -> JSON in
            [
                "node": .string(name), "state": "decommissioned", "since": 123_456, "registrationHeight": 123_456,
                "swarm": "7fffffffffffffff", "staked": .uint(18_550_123_456_789),
                "requirement": .uint(18_550_000_000_000),
                "credit": 123_456, "leaves": 1_234_567, "lastReward": 123_456,
                "contributors": [
                    ["wallet": .string("operator of \(name)"), "amount": .uint(4_637_500_000_001)],
                    ["wallet": "a contributor with a long name", "amount": .uint(13_912_500_000_000)],
                ],
            ]
        }
        return [
            "height": 1_234_567, "hash": .string(key), "pending": 12_345, "leader": .string(names[0]),
            "requirement": .uint(18_550_000_000_000),
            "rules": ["preset": "whitepaper-2020", "swarmPolicy": "whitepaper", "timeScale": 100_000],
            "totals": [
                "initial": .uint(22_500_000_000_000_001), "minted": .uint(11_269_374_012_016),
                "free": .uint(22_270_119_374_012_016), "staked": .uint(222_600_000_000_001), "locked": .uint(1),
                "burnt": .uint(1),
            ],
            "nodes": .array(nodes),
        ]
    }

    private static let networks = [
        (1...12).map { "n\($0)" }, (1...300).map { "n\($0)" }, ["n1", "a-name-of-thirty-two-characters-x"],
    ]

    @Test("Every table fits 80 columns, names of any length and the largest numbers included", arguments: networks)
    func fitting(names: [String]) {
        let wallets: [JSON] = (["treasury"] + names.map { "operator of \($0)" }).map {
            [
                "name": .string($0), "free": .uint(22_270_119_374_012_016), "staked": .uint(18_550_000_000_000),
                "locked": .uint(18_550_000_000_000), "accrued": .uint(123_456_789),
                "address": .string(Self.key + Self.key),
            ]
        }
        let swarms: JSON = [
            "swarms": [
                [
                    "id": "7fffffffffffffff", "position": "50.00 %", "size": .int(names.count),
                    "members": .array(names.map(JSON.string)),
                ]
            ],
            "history": [
                [
                    "height": 1,
                    "text": .string("swarm 7fffffffffffffff is new: \(names.map { "+\($0)" }.joined(separator: " "))"),
                ]
            ],
        ]
        let texts = [
            StatusTable(Self.status(names), width: 80).text,
            StatusTable(Self.status(names, state: "starting", external: true), width: 80).text,
            LedgerTable(Self.ledger(names), width: 80).text, SwarmsTable(swarms, changes: 5, width: 80).text,
            LedgerWallets.table(["wallets": .array(wallets)], isFull: false, width: 80).lines.joined(separator: "\n"),
        ]
        for text in texts {
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        }
        // Members are names, and stay whole.
        for name in names { #expect(texts.allSatisfy { $0.contains(name.prefix(5)) }) }
        for name in names { #expect(texts[0].contains(" \(name)") && texts[3].contains("+\(name)")) }
    }

    @Test("Keys are abbreviated, on wide terminals all three, and whole only when asked for")
    func keys() {
        let status = Self.status(["n1", "n2"])
        let (narrow, wide) = (StatusTable(status, width: 80).text, StatusTable(status, width: 160).text)
        #expect(!narrow.contains(Self.key) && !wide.contains(Self.key))
        #expect(wide.contains("legacy") && wide.contains("01234567"))
        let full = StatusTable(status, isFull: true, width: 80).text
        #expect(full.split(separator: "\n").filter { $0.contains(Self.key) }.count == 3)
        #expect(full.contains("legacy"))
        #expect(LedgerTable(Self.ledger(["n1"]), isFull: true, width: 80).text.contains(Self.key))
        #expect(!LedgerTable(Self.ledger(["n1"]), width: 80).text.contains(Self.key))
    }

    @Test("What does not fit is left out from the right, then shortened, and last columns go on in more lines")
    func order() {
        let rows = [["n1", "7fffffffffffffff", "spare", "one two three"]]
        func lines(_ width: Int?) -> [String] {
            TextTable(
                ["node", .init("swarm", shortest: 9), .init("more", isSpare: true), .init("words", isWrapped: true)],
                rows: rows, width: width
            ).lines
        }
        #expect(lines(nil)[1] == "n1    7fffffffffffffff  spare  one two three")
        #expect(lines(60) == lines(nil))
        #expect(lines(40)[1] == "n1    7ffffffffff…  spare  one two three")
        #expect(lines(36) == ["node  swarm            words", "n1    7fffffffffffff…  one two three"])
        #expect(lines(24)[1...] == ["n1    7fffffff…  one two", "                 three"])
    }

    @Test("A list of runs fits, and says of each what is known")
    func runs() {
        var run = RunSummary(RunDirectory(name: "a-run-with-quite-a-long-name-too", parent: "nowhere"))
        let unknown = RunsTable([run], width: 80).lines
        #expect(unknown[1].split(separator: " ").map(String.init) == [run.name, "over", "-", "-", "-", "-", "-"])
        (run.state, run.mode, run.seed, run.nodes) = (.simulation, .inProcess, 9_007_199_254_740_991, 10_000)
        run.holder = "process 1234567, rpc http://127.255.255.255:65535"
        let lines = RunsTable([run], width: 80).lines
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
        #expect(lines[1].contains("9007199254740991") && lines[1].contains("process 1234567"))
        run.directory = RunDirectory(name: "dev", parent: "logs")
        #expect(RunsTable([run], width: 100).lines[1].hasSuffix("process 1234567  http://127.255.255.255:65535"))
    }

    @Test("What was done to nodes is told in one line for each, and that nothing changed when nothing did")
    func changes() {
        let answer: JSON = [
            "nodes": [
                ["name": "n1", "ip": "127.0.0.1", "httpsPort": 5, "omqPort": 6, "swarm": "0"],
                ["name": "n5", "ip": "127.0.0.5", "httpsPort": 7, "omqPort": 8, "swarm": .null],
            ],
            "changes": [
                ["node": "n1", "before": "running", "after": "running", "changed": true],
                ["node": "n2", "before": "running", "after": "stopped", "changed": true],
                ["node": "n3", "before": "stopped", "after": "stopped", "changed": false],
                ["node": "n4", "before": "paused", "after": .null, "changed": true],
                ["node": "n5", "before": .null, "after": "running", "changed": true],
            ],
        ]
        #expect(
            NodeChangeLines(answer).lines == [
                "n1  started again at 127.0.0.1, https 5, omq 6, swarm 0", "n2  running → stopped",
                "n3  stopped as before: nothing changed", "n4  left the network",
                "n5  new, running at 127.0.0.5, https 7, omq 8",
            ])
    }

    @Test("Text is cut with an ellipsis, and broken between words")
    func cutting() {
        for (text, width, cut) in [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("ab", 1, "…"), ("", 3, ""), ("äöü", 2, "ä…"),
        ] {
            #expect(TextCut.to(width, text) == cut)
        }
        #expect(TextCut.wrapped("a bb ccc d", to: 4) == ["a bb", "ccc", "d"])
        #expect(TextCut.wrapped("longer a", to: 3) == ["longer", "a"])
        #expect(TextCut.wrapped("", to: 3) == [""])
        #expect(TextCut.listing("x:", ["a", "b", "c"], width: 6) == ["x: a", "  b c"])
        #expect(TextCut.listing("x:", ["a", "b", "c"], width: nil) == ["x: a b c"])
    }
}
