import SessionProtocol
import Testing

@testable import Ledger

@Suite struct ObligationsQuorumTests {
    struct Vector: Sendable {
        var hash: String
        var hasHardfork16: Bool
        var active: Int
        var decommissioned: Int
        /// Places in the list of active nodes followed by decommissioned ones.
        var validators: [Int]
        var workers: [Int]
    }

    /// Made by the daemon's own code.
    static let vectors = [
        Vector(
            hash: "f8c08e542dc05dff066feb4705c1e25198073c8fafe602a0abf7d686cc50f31c",
            hasHardfork16: false, active: 12, decommissioned: 0,
            validators: [8, 9, 5, 4, 10, 6, 11, 1, 3, 2],
            workers: [
                7, 0,
            ]),
        Vector(
            hash: "11d3335d0891ac5eb7758b15ec25ea6122166fab73a4d72c3501e18de726cc0b",
            hasHardfork16: true, active: 12, decommissioned: 0,
            validators: [5, 8, 1, 2, 10, 7, 9, 11, 6, 0],
            workers: [
                3, 4,
            ]),
        Vector(
            hash: "6a68d9092880d2fdf84723f85a79d4d0992a2a230b04983ba206b7d139e33b20",
            hasHardfork16: true, active: 30, decommissioned: 0,
            validators: [10, 29, 1, 5, 6, 11, 24, 19, 23, 12],
            workers: [
                21, 13, 3, 4, 20, 8, 16, 15, 25, 28, 27, 26, 17, 2, 7, 9, 18, 14, 0, 22,
            ]),
        Vector(
            hash: "bafc7511b96ec89ef7d9898523859e2e55eb5678c3df8f3e86b474398b532ef2",
            hasHardfork16: true, active: 30, decommissioned: 3,
            validators: [20, 16, 10, 4, 0, 9, 1, 14, 23, 22],
            workers: [
                30, 13, 28, 26, 5, 15, 19, 24, 27, 32, 3, 8, 21, 25, 18, 12, 29, 6, 31, 11, 2, 17, 7,
            ]),
        Vector(
            hash: "e717efc5ee725dce980b1ea7efbd6e2bbe7637ed658a5a929ec934f8cea88f62",
            hasHardfork16: true, active: 8, decommissioned: 2,
            validators: [1, 0, 7, 4, 2, 5, 3, 6],
            workers: [
                9, 8,
            ]),
        Vector(
            hash: "1a3d4d96922562b81edd0fd4f83c47eb6eeda707720a3fa240f683975db60db1",
            hasHardfork16: true, active: 80, decommissioned: 4,
            validators: [74, 64, 12, 8, 38, 73, 49, 62, 66, 30],
            workers: [
                18, 54, 34, 31, 6, 83, 23, 4, 42, 27, 71, 25, 41, 37, 58, 24, 55, 68, 75, 47, 39, 15, 21, 61,
                60, 1, 19, 14, 80, 5, 78, 32, 48, 51, 7, 59, 43, 44, 35, 67, 11, 17, 45, 63, 77, 20, 33, 9, 52,
                2,
            ]),
    ]

    /// Keys that sort by their number.
    static func nodes(_ count: Int) throws -> [LegacyPublicKey] {
        try (0..<count).map { try #require(LegacyPublicKey(Bytes(repeating: 0, count: 31) + [UInt8($0)])) }
    }

    private static func quorum(
        active: Int, decommissioned: Int = 0, hash: Bytes = Bytes(repeating: 7, count: 32), rules: TestingRules
    ) throws -> ObligationsQuorum {
        let nodes = try nodes(active + decommissioned)
        return ObligationsQuorum(
            height: 5, hash: BlockHash(hash), active: Array(nodes.prefix(active)),
            decommissioned: Array(nodes.dropFirst(active)), rules: rules)
    }

    private static func rules(small: Bool) -> TestingRules {
        var rules = TestingRules()
        rules.testsSmallNetworks = small
        return rules
    }

    @Test("Validators and workers are those the daemon picks", arguments: vectors)
    func daemonVectors(vector: Vector) throws {
        var rules = Self.rules(small: false)
        rules.hasHardfork16Chance = vector.hasHardfork16
        let quorum = try Self.quorum(
            active: vector.active, decommissioned: vector.decommissioned, hash: try #require(Hex.decode(vector.hash)),
            rules: rules)
        let nodes = try Self.nodes(vector.active + vector.decommissioned)
        #expect(quorum.validators == vector.validators.map { nodes[$0] })
        #expect(quorum.workers == vector.workers.map { nodes[$0] })
    }

    @Test(
        "As many are tested as are left, up to fifty, and beyond that one in a hundred",
        arguments: [
            (active: 11, decommissioned: 0, workers: 1), (12, 0, 2), (60, 0, 50), (61, 0, 50), (40, 30, 50),
        ])
    func workerCount(active: Int, decommissioned: Int, workers: Int) throws {
        let quorum = try Self.quorum(active: active, decommissioned: decommissioned, rules: TestingRules())
        #expect(quorum.validators.count == 10)
        #expect(quorum.workers.count == workers)
        #expect(Set(quorum.validators).isDisjoint(with: quorum.workers))
        #expect(Set(quorum.workers).count == workers)
    }

    @Test("A hundredth of the others is tested where that is more than fifty")
    func hundredth() throws {
        var rules = TestingRules()
        rules.minimumWorkers = 1
        #expect(try Self.quorum(active: 209, rules: rules).workers.count == 1)
        #expect(try Self.quorum(active: 210, rules: rules).workers.count == 2)
    }

    @Test("By the daemon's rules nobody active is tested while ten or fewer are", arguments: [1, 6, 10])
    func daemonSmall(active: Int) throws {
        let quorum = try Self.quorum(active: active, decommissioned: 2, rules: Self.rules(small: false))
        let nodes = try Self.nodes(active + 2)
        #expect(Set(quorum.validators) == Set(nodes.prefix(active)))
        #expect(Set(quorum.workers) == Set(nodes.suffix(2)))
        #expect(quorum.votesNeeded(for: 0) == 7)
    }

    @Test("This network's: with ten or fewer active, everyone active is tested by all others", arguments: [2, 6, 10])
    func small(active: Int) throws {
        let quorum = try Self.quorum(active: active, decommissioned: 1, rules: TestingRules())
        #expect(quorum.validators.count == active)
        #expect(Set(quorum.workers) == Set(try Self.nodes(active + 1)))
        for (index, worker) in quorum.workers.enumerated() {
            let judges = quorum.validators.indices.filter { quorum.mayJudge(validator: $0, worker: index) }
            #expect(judges.map { quorum.validators[$0] } == quorum.validators.filter { $0 != worker })
        }
    }

    /// Needed of an active node, which does not judge itself, and of a decommissioned one, which all active ones judge.
    @Test(
        "Seven votes of ten act; on a small network the same share, but at least two",
        arguments: [
            (active: 12, ofActive: 7, ofDecommissioned: 7), (11, 7, 7), (10, 7, 7), (9, 6, 7), (8, 5, 6), (7, 5, 5),
            (6, 4, 5), (5, 3, 4), (4, 3, 3), (3, 2, 3), (2, 2, 2), (1, 2, 2),
        ])
    func votesNeeded(active: Int, ofActive: Int, ofDecommissioned: Int) throws {
        let quorum = try Self.quorum(active: active, decommissioned: 1, rules: TestingRules())
        let nodes = try Self.nodes(active + 1)
        for (index, worker) in quorum.workers.enumerated() {
            #expect(quorum.votesNeeded(for: index) == (worker == nodes[active] ? ofDecommissioned : ofActive))
        }
    }

    @Test("Nobody is active: there is a quorum without validators")
    func nobody() throws {
        let quorum = try Self.quorum(active: 0, decommissioned: 2, rules: TestingRules())
        #expect(quorum.validators.isEmpty && quorum.workers.count == 2)
    }
}
