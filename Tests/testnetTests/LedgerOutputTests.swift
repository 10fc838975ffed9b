import SessionProtocol
import Testing

@testable import testnet

@Suite struct LedgerOutputTests {
    @Test("Amounts are shown as coins, to the last atomic unit and without needless zeros")
    func coins() {
        let cases: [(JSON?, String)] = [
            (.uint(18_550_000_000_000), "18550"), (.uint(1), "0.000000001"), (.uint(1_500_000_000), "1.5"),
            (.uint(0), "0"), (.uint(.max), "18446744073.709551615"), (nil, "-"), (.null, "-"),
        ]
        for (value, text) in cases { #expect(Coins.text(value) == text) }
    }

    @Test("Cells stand under their titles, and nothing trails")
    func table() {
        let table = TextTable(["node", "state"], rows: [["n1", "active"], ["longname", "-"]])
        #expect(table.lines == ["node      state", "n1        active", "longname  -"])
    }

    @Test("The ledger is shown with its rules, all places where coins are, and each node with its contributors")
    func ledger() {
        let ledger: JSON = [
            "height": 7, "hash": "ab", "pending": 0, "leader": "n2", "requirement": .uint(100_000_000_000),
            "rules": ["preset": "oxen", "swarmPolicy": "whitepaper", "timeScale": 1],
            "totals": [
                "initial": .uint(5_000_000_000), "minted": .uint(0), "free": .uint(1_000_000_000),
                "staked": .uint(4_000_000_000), "locked": .uint(0), "burnt": .uint(0),
            ],
            "nodes": [
                [
                    "node": "n2", "state": "decommissioned", "since": 5, "registrationHeight": 1, "swarm": .null,
                    "staked": .uint(4_000_000_000), "requirement": .uint(4_000_000_000), "credit": 61, "leaves": 99,
                    "lastReward": 3,
                    "contributors": [
                        ["wallet": "operator of n2", "amount": .uint(3_000_000_000)],
                        ["wallet": "anna", "amount": .uint(1_000_000_000)],
                    ],
                ]
            ],
        ]
        let lines = LedgerTable(ledger, isFull: true).text.split(separator: "\n")
        #expect(lines[1].contains("oxen · a node stakes 100 coins"))
        #expect(lines[3] == "coins initial 5 · minted 0 · free 1 · staked 4 · locked 0 · burnt 0")
        let node = lines.last.map { $0.split(separator: " ", omittingEmptySubsequences: true) } ?? []
        #expect(node.prefix(10) == ["n2", "decommissioned", "5", "1", "-", "4", "4", "61", "99", "3"])
        #expect(lines.last?.hasSuffix("operator 3, anna 1") == true)
    }

    @Test("Swarms are shown by their place on the ring, with the last changes when asked for")
    func swarms() {
        let answer: JSON = [
            "swarms": [["id": "0", "position": "0.00 %", "size": 2, "members": ["n1", "n2"]]],
            "history": [["height": 1, "text": "swarm 0 is new"], ["height": 4, "text": "swarm 0 has 2: +n2"]],
        ]
        #expect(
            SwarmsTable(answer, changes: 1).text == """
                swarm  ring    size  members
                0      0.00 %  2     n1 n2

                changes, newest last:
                block 4: swarm 0 has 2: +n2
                """)
        #expect(!SwarmsTable(answer, changes: nil).text.contains("changes"))
    }

    @Test("A quorum is shown with how many judge and how many are judged")
    func quorum() {
        let text = LedgerQuorum.text(["height": 9, "validators": ["n1", "n2"], "workers": []])
        #expect(text == "quorum of block 9\nvalidators 2: n1 n2\ntested 0: nobody")
    }
}
