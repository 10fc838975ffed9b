import Testing
import Verdicts

/// Logs in which the ledger kept its rules, each beside one that differs in a single fact.
struct LedgerJudgementTests {
    private typealias Log = WrittenLog

    private func texts(of check: any Check, _ lines: [String]) -> [String] {
        let finding = Judgement(of: History(lines), by: [check]).findings.first?.finding
        return (finding?.violations.map(\.text) ?? []) + (finding?.doubts ?? [])
    }

    /// Swarms of these sizes, at ids 1, 2 and so on; nodes are numbered through from `first`.
    private static func assignment(_ sizes: [Int], first: Int = 1, height: Int = 1) -> String {
        var next = first
        let swarms = sizes.enumerated().map { index, size in
            defer { next += size }
            return (id: String(index + 1), nodes: Array(next..<(next + size)))
        }
        return Log.assigned(swarms, height: height)
    }

    struct Shape: Sendable {
        var policy: String?
        var sizes: [Int]
        var texts: [String] = []
    }

    static let shapes: [Shape] = [
        Shape(sizes: [1]), Shape(sizes: [11]), Shape(sizes: [5, 10]), Shape(policy: "whitepaper", sizes: [7, 5, 9]),
        Shape(
            sizes: [12], texts: ["after block 1, swarm 1 of 1 has 12 members; whitepaper allows 1 to 11"]),
        Shape(
            sizes: [7, 4], texts: ["after block 1, swarm 2 of 2 has 4 members; whitepaper allows 5 to 10"]),
        Shape(
            policy: "whitepaper", sizes: [11, 7],
            texts: ["after block 1, swarm 1 of 2 has 11 members; whitepaper allows 5 to 10"]),
        Shape(policy: "oxen", sizes: [1]), Shape(policy: "oxen", sizes: [13]), Shape(policy: "oxen", sizes: [14, 6]),
        Shape(
            policy: "oxen", sizes: [9, 4], texts: ["after block 1, swarm 2 of 2 has 4 members; oxen allows 5 to 13"]),
        Shape(
            policy: "oxen", sizes: [14],
            texts: ["after block 1, 14 nodes are in only 1 swarms; oxen founds another at that number"]),
        Shape(
            policy: "oxen", sizes: [15, 6],
            texts: ["after block 1, 21 nodes are in only 2 swarms; oxen founds another at that number"]),
        Shape(policy: "round", sizes: [7], texts: ["the run names a swarm policy whose bounds are not known"]),
    ]

    @Test("swarms have the sizes their policy allows", arguments: shapes)
    func bounds(_ shape: Shape) {
        let lines = [
            Log.run(nodes: 1, policy: shape.policy), Self.assignment(shape.sizes),
            Log.block(1, active: shape.sizes.reduce(0, +)),
        ]
        #expect(texts(of: SwarmsStayWithinBounds(), lines) == shape.texts)
    }

    @Test("every assignment is judged, not only the last, and each node must be in exactly one swarm")
    func everyAssignment() {
        let good = [Self.assignment([5, 5], height: 1), Self.assignment([5, 6], height: 2)]
        #expect(texts(of: SwarmsStayWithinBounds(), good).isEmpty)
        let small = [Self.assignment([5, 4], height: 1), Self.assignment([5, 6], height: 2)]
        #expect(
            texts(of: SwarmsStayWithinBounds(), small)
                == ["after block 1, swarm 2 of 2 has 4 members; whitepaper allows 5 to 10"])
        let twice = Log.assigned([("1", [1, 2, 3, 4, 5]), ("2", [5, 6, 7, 8, 9])], height: 4)
        #expect(
            texts(of: SwarmsStayWithinBounds(), [Log.started(5), twice])
                == ["after block 4, n5 is in a swarm more than once"])
        let left = Log.assigned([("1", [1, 2]), ("ffffffffffffffff", [3])], height: 4)
        #expect(texts(of: SwarmsStayWithinBounds(), [left]) == ["after block 4, 1 nodes are in no swarm"])
        let missed = [Self.assignment([6], height: 4), Log.block(4, active: 7)]
        #expect(
            texts(of: SwarmsStayWithinBounds(), missed)
                == ["after block 4, 6 nodes are assigned, but 7 are active"])
        #expect(texts(of: SwarmsStayWithinBounds(), [Log.block(4)]) == ["the ledger assigned no swarm"])
    }

    static let coins: [(name: String, lines: [String], texts: [String])] = [
        (
            "coins move between all places",
            [
                Log.block(0), Log.block(1, free: 80, staked: 20), Log.paid(nil, 2, [3, 4]),
                Log.block(2, minted: 7, free: 67, staked: 20, locked: 20), Log.named(3, burnt: 5), Log.paid(1, 3, [1]),
                Log.block(3, minted: 8, free: 63, staked: 20, locked: 20, burnt: 5),
            ], []
        ),
        (
            "a coin is lost", [Log.block(1, free: 79, staked: 20)],
            [
                "block 1: 100 initial and 0 minted coins are not 79 free, 20 staked, 0 locked and 0 burnt: 1 are lost, "
                    + "in atomic units"
            ]
        ),
        (
            "coins come from nowhere", [Log.block(1, free: 80, locked: 22)],
            [
                "block 1: 100 initial and 0 minted coins are not 80 free, 0 staked, 22 locked and 0 burnt: 2 came from "
                    + "nowhere, in atomic units"
            ]
        ),
        (
            "coins are minted for nobody", [Log.block(1), Log.paid(1, 2, [6]), Log.block(2, minted: 7, free: 107)],
            ["block 2: 0 minted coins became 7, but 6 were paid as rewards, in atomic units"]
        ),
        (
            "a reward is paid twice in one event's place",
            [
                Log.block(1), Log.paid(1, 2, [7]), Log.block(2, minted: 7, free: 107),
                Log.block(3, minted: 14, free: 114),
            ],
            ["block 3: 7 minted coins became 14, but 0 were paid as rewards, in atomic units"]
        ),
        (
            "a name burns other than it says",
            [Log.block(1), Log.named(2, burnt: 5), Log.block(2, free: 96, burnt: 4)],
            ["block 2: 0 burnt coins became 4, but 5 were burnt for names, in atomic units"]
        ),
        (
            "the beginning changes", [Log.block(1), Log.block(2, initial: 101, free: 101)],
            ["block 2: the chain began with 101 coins, earlier blocks say 100, in atomic units"]
        ),
        (
            "blocks made at once mint what is not logged",
            [Log.block(1), Log.advanced(to: 10), Log.block(11, minted: 900, free: 1_000)], []
        ),
        (
            "replaced blocks mint again",
            [
                Log.block(1), Log.paid(1, 2), Log.block(2, minted: 1, free: 101), Log.reorganised(to: 3),
                Log.paid(2, 2), Log.block(2, minted: 1, free: 101), Log.paid(1, 3),
                Log.block(3, minted: 2, free: 102),
            ], []
        ),
        (
            "a block's own line is missing",
            [Log.block(1), Log.moved("nodeExpired", 1, 2), Log.block(3, minted: 900, free: 1_000)], []
        ),
        ("no block is made", [], ["the ledger made no block"]),
        (
            "sums exceed 64 bits",
            [Log.block(1, initial: .max, minted: .max, free: .max, staked: .max)], []
        ),
    ]

    @Test("no coin is lost, and none comes from nowhere", arguments: coins)
    func conservation(_ row: (name: String, lines: [String], texts: [String])) {
        #expect(texts(of: CoinsAreConserved(), row.lines) == row.texts, "\(row.name)")
    }
}
