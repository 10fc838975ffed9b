import Testing
import Verdicts

/// Rewards under the rule of the leader, in logs written by hand.
struct RewardQueueTests {
    private typealias Log = WrittenLog

    private func texts(_ lines: [String]) -> [String] {
        let finding = Judgement(of: History(Log.network + lines), by: [RewardsFollowTheQueue()]).findings.first?.finding
        return (finding?.violations.map(\.text) ?? []) + (finding?.doubts ?? [])
    }

    private static func joined(_ node: Int, _ height: Int) -> [String] {
        [Log.moved("nodeRegistered", node, height), Log.moved("nodeActivated", node, height)]
    }

    /// n3, n1 and n2 join in this order.
    private static let start = joined(3, 1) + joined(1, 1) + joined(2, 1) + [Log.block(1, active: 3)]

    private static func paid(_ node: Int, _ height: Int, active: Int = 3) -> [String] {
        [Log.paid(node, height), Log.block(height, active: active)]
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var lines: [String]
        var texts: [String] = []
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "the first round goes by registration, and so do the next",
            lines: start + [3, 1, 2, 3, 1].enumerated().flatMap { paid($1, $0 + 2) }),
        Case(
            name: "the second comes before the first", lines: start + paid(1, 2),
            texts: ["block 2 paid n1, but n3 had waited longer"]),
        Case(
            name: "one is paid twice in a row", lines: start + paid(3, 2) + paid(3, 3),
            texts: ["block 3 paid n3, but n1 had waited longer"]),
        Case(
            name: "a node joins in the block and waits behind everyone, but before its winner",
            lines: start + [Log.paid(3, 2)] + joined(4, 2) + [Log.block(2, active: 4)]
                + [1, 2, 4, 3].enumerated().flatMap { paid($1, $0 + 3, active: 4) }),
        Case(
            name: "a node cannot win in the block it joins in",
            lines: joined(1, 1) + [Log.block(1, active: 1), Log.paid(2, 2)] + joined(2, 2) + [Log.block(2, active: 2)],
            texts: ["block 2 paid n2, but it was not active"]),
        Case(
            name: "a stake that completes a node moves it behind those before",
            lines: [Log.moved("nodeRegistered", 1, 1)] + joined(2, 1) + [Log.block(1, active: 1)]
                + [Log.paid(2, 2), Log.moved("stakeContributed", 1, 2), Log.moved("nodeActivated", 1, 2)]
                + [Log.block(2, active: 2)] + paid(1, 3, active: 2) + paid(2, 4, active: 2)),
        Case(
            name: "a node without its full stake is paid",
            lines: [Log.moved("nodeRegistered", 1, 1)] + joined(2, 1) + [Log.block(1, active: 1)]
                + paid(1, 2, active: 1),
            texts: ["block 2 paid n1, but it was not active"]),
        Case(
            name: "a decommissioned node is passed over and comes back at the end",
            lines: start + [Log.paid(3, 2), Log.moved("nodeDecommissioned", 1, 2), Log.block(2, active: 2)]
                + [Log.paid(2, 3), Log.moved("nodeRecommissioned", 1, 3), Log.block(3, active: 3)]
                // n1 and n2 were both last in block 3; the lower key comes first.
                + paid(3, 4) + paid(1, 5) + paid(2, 6)),
        Case(
            name: "a decommissioned node is paid",
            lines: start + [Log.paid(3, 2), Log.moved("nodeDecommissioned", 1, 2), Log.block(2, active: 2)]
                + paid(1, 3, active: 2),
            texts: ["block 3 paid n1, but it was not active"]),
        Case(
            name: "a node may win in the block it leaves in",
            lines: start + [Log.paid(3, 2), Log.moved("nodeExpired", 3, 2), Log.block(2, active: 2)]
                + paid(1, 3, active: 2) + paid(2, 4, active: 2) + paid(1, 5, active: 2)),
        Case(
            name: "a deregistered node is paid",
            lines: start + [Log.paid(3, 2), Log.moved("nodeDeregistered", 1, 2), Log.block(2, active: 2)]
                + paid(1, 3, active: 2) + paid(2, 4, active: 2) + paid(3, 5, active: 2) + paid(2, 6, active: 2),
            texts: ["block 3 paid n1, but it was not active"]),
        Case(
            name: "a penalty puts a node last",
            lines: start + [Log.paid(3, 2), Log.moved("addressPenalised", 1, 2), Log.block(2, active: 3)]
                + paid(2, 3) + paid(1, 4) + paid(3, 5)),
        Case(
            name: "a penalised node is paid in its old place",
            lines: start + [Log.paid(3, 2), Log.moved("addressPenalised", 1, 2), Log.block(2, active: 3)] + paid(1, 3),
            texts: ["block 3 paid n1, but n2 had waited longer"]),
        Case(
            name: "after blocks made at once any order is learnt",
            lines: start + [Log.advanced(to: 90)] + paid(2, 91) + paid(3, 92) + paid(1, 93) + paid(2, 94)),
        Case(
            name: "a learnt order must be kept",
            lines: start + [Log.advanced(to: 90)] + paid(2, 91) + paid(3, 92) + paid(1, 93) + paid(3, 94),
            texts: ["block 94 paid n3, but n2 had waited longer"]),
        Case(
            name: "a node is paid again while others were not yet since the gap",
            lines: start + [Log.advanced(to: 90)] + paid(2, 91) + paid(3, 92) + paid(2, 93),
            texts: ["block 93 paid n2, but 1 active nodes had not been paid since the log's last gap"]),
        Case(
            name: "nodes that left unseen are not waited for",
            lines: start + [Log.advanced(to: 90)] + paid(2, 91, active: 1) + paid(2, 92, active: 1)),
        Case(
            name: "a missing block is a gap too",
            lines: start + paid(3, 2) + paid(2, 7) + paid(1, 8) + paid(3, 9)),
        Case(
            name: "replaced blocks start over",
            lines: start + paid(3, 2) + paid(1, 3) + [Log.reorganised(to: 4)] + paid(3, 2) + paid(2, 3) + paid(1, 4)),
        Case(
            name: "heights that fall back start over, whatever else is logged",
            lines: start + paid(3, 2) + paid(1, 3) + paid(3, 2) + paid(2, 3) + paid(1, 4)),
        Case(
            name: "stakes make the order, not when they are told to be complete",
            lines: [3, 1].map { Log.moved("nodeRegistered", $0, 1) } + [1, 3].map { Log.moved("nodeActivated", $0, 1) }
                + [Log.block(1, active: 2)] + paid(3, 2, active: 2) + paid(1, 3, active: 2)),
        Case(
            name: "the last stake makes the order, not the first",
            lines: [3, 1].map { Log.moved("nodeRegistered", $0, 1) } + [Log.block(1)]
                + [1, 3].map { Log.moved("stakeContributed", $0, 2) }
                + [3, 1].map { Log.moved("nodeActivated", $0, 2) }
                + [Log.block(2, active: 2)] + paid(1, 3, active: 2) + paid(3, 4, active: 2)),
        Case(name: "batched rewards name no node", lines: start + [Log.paid(nil, 2), Log.block(2, active: 3)]),
        Case(
            name: "the block is logged before what it did",
            lines: [Log.block(1, active: 2)] + joined(1, 1) + joined(2, 1)
                + [Log.block(2, active: 2), Log.paid(1, 2), Log.block(3, active: 2), Log.paid(1, 3)],
            texts: ["block 3 paid n1, but n2 had waited longer"]),
    ]

    @Test("each reward goes to the active node that waited longest", arguments: cases)
    func queue(_ sample: Case) { #expect(texts(sample.lines) == sample.texts) }
}
