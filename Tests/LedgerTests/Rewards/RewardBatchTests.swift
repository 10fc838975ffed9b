import Ledger
import SessionProtocol
import Testing

struct RewardBatchTests {
    private func wallet(_ turn: UInt8, spend: UInt8 = 0) throws -> WalletAddress {
        try RewardSplitTests.wallet(turn, spend: spend)
    }

    private func node(_ wallets: [WalletAddress], fee: UInt64 = 0) -> BatchCredits.Node {
        BatchCredits.Node(
            parts: wallets.map { RewardSplit.Part(address: $0, amount: .coins(25)) },
            feePortions: RewardSplit.feePortions(basisPoints: fee))
    }

    private let share = Emission.shares(hardfork: 19, height: 0).serviceNodes

    /// Height, interval, turn.
    static let turns: [(height: UInt64, interval: UInt64, turn: UInt8, next: UInt64)] = [
        (50, 100, 90, 90), (100, 100, 90, 190), (89, 100, 90, 90), (90, 100, 90, 190), (0, 100, 0, 100),
        (50, 40, 90, 90), (5_000, 2_520, 7, 5_047),
    ]

    @Test("a wallet's next pay-out is its next turn in the interval", arguments: turns)
    func nextPayout(_ row: (height: UInt64, interval: UInt64, turn: UInt8, next: UInt64)) throws {
        #expect(try wallet(row.turn).nextPayout(after: row.height, interval: row.interval) == row.next)
    }

    @Test("a wallet's turn reads eight bytes of its view key, the first one lowest")
    func turn() throws {
        let bytes: Bytes = [0x01, 0x02, 0, 0, 0, 0, 0, 0x80, 0xff] + Bytes(repeating: 0xff, count: 23)
        let key = try #require(Ed25519PublicKey(bytes))
        let address = WalletAddress(spend: key, view: key)
        #expect(address.payoutTurn(interval: 1 << 16) == 0x0201)
        #expect(address.payoutTurn(interval: 2_520) == (0x8000_0000_0000_0201 as UInt64) % 2_520)
    }

    @Test("nothing is paid before a wallet's turn, then 16.5 coins for every block since the node is payable")
    func firstPayout() throws {
        let operatorWallet = try wallet(90)
        let credits = BatchCredits([node([operatorWallet])], sharing: share)
        var batch = RewardBatch(interval: 100)
        for height in UInt64(1)...89 {
            batch.accrue(credits)
            #expect(batch.payouts(at: height).isEmpty)
        }
        batch.accrue(credits)
        let paid = batch.payouts(at: 90)
        #expect(paid.map(\.0) == [operatorWallet])
        #expect(paid.map(\.1.atomic) == [90 * 16_500_000_000])
        #expect(batch.balances.isEmpty, "a balance of nothing has no row")
        #expect(batch.payouts(at: 190).isEmpty)
    }

    @Test("every payable node earns the same part, whatever was staked, and one wallet's parts add up")
    func equalNodes() throws {
        let (first, second) = (try wallet(1), try wallet(2))
        let nodes = [node([first]), node([first, second], fee: 1_000), node([second])]
        let amounts = BatchCredits(nodes, sharing: share).amounts
        // 16.5e12 / 3 = 5.5e12 each; the operator of the second keeps a tenth, cut by one, and half of the rest.
        #expect(amounts.map(\.wallet) == [first, second])
        let fee: UInt64 = 549_999_999_999
        let half: UInt64 = (5_500_000_000_000 - fee) / 2
        #expect(amounts.map(\.milliAtomic) == [5_500_000_000_000 + fee + half, 5_500_000_000_000 + half])
        #expect(BatchCredits([], sharing: share).amounts.isEmpty)
    }

    @Test("less than a coin waits for the next turn", arguments: [999_999_999, UInt64(1_000_000_000)])
    func minimum(_ atomic: UInt64) throws {
        var batch = RewardBatch(interval: 100)
        batch.accrue(BatchCredits([node([try wallet(9)])], sharing: Amount(atomic: atomic)))
        #expect(batch.payouts(at: 9).map(\.1.atomic) == (atomic < 1_000_000_000 ? [] : [atomic]))
        batch.accrue(BatchCredits([node([try wallet(9)])], sharing: Amount(atomic: 1)))
        #expect(batch.payouts(at: 109).map(\.1.atomic) == (atomic < 1_000_000_000 ? [1_000_000_000] : []))
    }

    @Test("fractions of an atomic unit stay, and are paid once they make a whole one")
    func fractions() throws {
        let wallets = try (1...7).map { try wallet(0, spend: $0) }
        let credits = BatchCredits(wallets.map { node([$0]) }, sharing: Amount(atomic: 10_000_000_006))
        // 10 000 000 006 000 / 7 = 1 428 571 429 428 thousandths.
        var batch = RewardBatch(interval: 1)
        var paid: [UInt64] = []
        for height in UInt64(1)...3 {
            batch.accrue(credits)
            paid.append(try #require(batch.payouts(at: height).first).1.atomic)
            #expect(batch.balances[wallets[0]] == height * 428 % 1_000)
        }
        #expect(paid == [1_428_571_429, 1_428_571_429, 1_428_571_430])
    }

    @Test("several recipients of one block are ordered by address")
    func order() throws {
        let wallets = try [3, 200, 1, 17].map { try wallet(5, spend: $0) }
        var batch = RewardBatch(interval: 100)
        batch.accrue(BatchCredits(wallets.map { node([$0]) }, sharing: share))
        let texts = batch.payouts(at: 105).map(\.0.description)
        #expect(texts == wallets.map(\.description).sorted())
        #expect(texts.count == 4)
    }

    @Test("taking blocks back restores every balance and every turn, across pay-outs")
    func rollback() throws {
        let wallets = try (0...9).map { try wallet($0 % 3, spend: $0) }
        let credits = (1...10).map { count in BatchCredits(wallets.prefix(count).map { node([$0]) }, sharing: share) }
        var batch = RewardBatch(interval: 3)
        var journal: [(before: RewardBatch, credits: BatchCredits, paid: [(WalletAddress, Amount)])] = []
        for height in UInt64(1)...30 {
            let before = batch
            let now = credits[Int(height * 7 % 10)]
            batch.accrue(now)
            journal.append((before, now, batch.payouts(at: height)))
        }
        #expect(journal.contains { $0.paid.count > 1 })
        for step in journal.reversed() {
            batch.restore(step.paid)
            batch.retract(step.credits)
            #expect(batch == step.before)
        }
        #expect(batch == RewardBatch(interval: 3))
    }
}
