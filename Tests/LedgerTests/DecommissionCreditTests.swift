import Testing

@testable import Ledger

@Suite struct DecommissionCreditTests {
    /// Mainnet's figures: 2 h, 2 h, 48 h and 1/30, in blocks of 2 minutes.
    private static let credit = DecommissionCredit(
        initial: 60, minimum: 60, maximum: 1_440, blocksPerCreditBlock: 30)

    @Test(
        "An active node earns one block of credit in thirty, from 60 up to 1,440",
        arguments: [
            (up: 0, credit: 60), (29, 60), (30, 61), (720, 84), (41_399, 1_439), (41_400, 1_440), (1_000_000, 1_440),
        ] as [(up: UInt64, credit: Int64)])
    func earning(up: UInt64, credit: Int64) {
        #expect(Self.credit.blocks(base: 60, activity: .active(since: 100), at: 100 + up) == credit)
    }

    @Test(
        "A decommissioned node uses up one block of credit with each block, without earning any",
        arguments: [(away: 0, credit: 84), (1, 83), (84, 0), (85, -1), (1_000, -916)] as [(away: UInt64, credit: Int64)]
    )
    func spending(away: UInt64, credit: Int64) {
        let activity = ServiceNodeEntry.Activity.decommissioned(activeSince: 100, at: 820)
        #expect(Self.credit.blocks(base: 60, activity: activity, at: 820 + away) == credit)
    }

    @Test("A node whose stake is not complete earns nothing")
    func unfunded() {
        #expect(Self.credit.blocks(base: 60, activity: .unfunded, at: 100_000) == 60)
    }

    @Test(
        "Coming back costs two blocks of credit for each block away, and never leaves less than none",
        arguments: [
            (saved: 1_000, away: 100, left: 800), (1_000, 499, 2), (1_000, 500, 0), (1_000, 501, 0), (60, 10, 40),
        ] as [(saved: UInt64, away: UInt64, left: UInt64)])
    func recommission(saved: UInt64, away: UInt64, left: UInt64) {
        let activity = ServiceNodeEntry.Activity.decommissioned(activeSince: 50, at: 50)
        #expect(Self.credit.baseAfterRecommission(base: saved, activity: activity, at: 50 + away) == left)
    }

    @Test("What was earned before the decommission counts in full when the node comes back")
    func recommissionWithEarnings() {
        let activity = ServiceNodeEntry.Activity.decommissioned(activeSince: 100, at: 820)
        #expect(Self.credit.baseAfterRecommission(base: 60, activity: activity, at: 830) == 64)
    }

    @Test("With nothing left it takes 1,800 blocks until a failure is survived")
    func fromNothing() {
        let active = ServiceNodeEntry.Activity.active(since: 0)
        #expect(Self.credit.blocks(base: 0, activity: active, at: 1_799) == 59)
        #expect(Self.credit.blocks(base: 0, activity: active, at: 1_800) == 60)
    }
}
