import Ledger
import SessionProtocol
import Testing

struct RewardSplitTests {
    /// By stake in atomic units, the operator's first; wallets are numbered from 1.
    static func parts(_ staked: [UInt64]) throws -> [RewardSplit.Part] {
        try staked.enumerated().map { index, amount in
            RewardSplit.Part(address: try wallet(UInt8(index + 1)), amount: Amount(atomic: amount))
        }
    }

    /// Its turn is its number, in every interval above 255.
    static func wallet(_ number: UInt8, spend: UInt8 = 0) throws -> WalletAddress {
        let view = [number] + Bytes(repeating: 0, count: 31)
        return WalletAddress(
            spend: try #require(Ed25519PublicKey(Bytes(repeating: spend, count: 32))),
            view: try #require(Ed25519PublicKey(view)))
    }

    struct Direct: Sendable {
        var reward: UInt64
        var staked: [UInt64]
        var fee: UInt64
        var keepsDust: Bool
        var paid: [UInt64]
    }

    /// The requirement is 100 everywhere; fees in basis points.
    static let immediate: [Direct] = [
        Direct(reward: 200, staked: [50, 50], fee: 0, keepsDust: true, paid: [100, 100]),
        Direct(reward: 200, staked: [100], fee: 0, keepsDust: false, paid: [200]),
        Direct(reward: 200, staked: [33, 33, 34], fee: 0, keepsDust: false, paid: [65, 65, 67]),
        Direct(reward: 200, staked: [33, 33, 34], fee: 0, keepsDust: true, paid: [68, 65, 67]),
        Direct(reward: 1_000, staked: [25, 75], fee: 10_000, keepsDust: false, paid: [1_000, 0]),
        Direct(reward: 1_000, staked: [25, 75], fee: 1_000, keepsDust: true, paid: [326, 674]),
        // Beyond 64 bits in the middle.
        Direct(
            reward: 14_339_052_714, staked: [50, 50], fee: 0, keepsDust: false, paid: [7_169_526_357, 7_169_526_357]),
    ]

    @Test("a reward paid at once is divided by stake over requirement after the operator's fee", arguments: immediate)
    func direct(_ row: Direct) throws {
        let paid = RewardSplit.direct(
            Amount(atomic: row.reward), among: try Self.parts(row.staked),
            feePortions: RewardSplit.feePortions(basisPoints: row.fee), requirement: Amount(atomic: 100),
            keepsDust: row.keepsDust)
        #expect(paid.map(\.atomic) == row.paid)
    }

    @Test("a node of February 2020 pays its operator the fee and a quarter of the rest")
    func realNode() throws {
        let reward = Emission.shares(hardfork: 14, height: 466_837).serviceNodes
        let paid = RewardSplit.direct(
            reward, among: try Self.parts([4_637_500_000_000, 13_912_500_000_000]),
            feePortions: RewardSplit.feePortions(basisPoints: 1_000), requirement: .coins(18_550), keepsDust: false)
        #expect(paid.map(\.atomic) == [4_660_192_132, 9_678_860_581])
    }

    /// Share, stakes, fee in basis points, credits.
    static let batched: [(share: UInt64, staked: [UInt64], fee: UInt64, credited: [UInt64])] = [
        (200, [33, 33, 34], 0, [66, 66, 68]),
        (1_000, [33, 33, 34], 1_000, [99 + 297, 297, 306]),
        (1_000, [33, 33, 34], 10_000, [1_000, 0, 0]),
        (1_000, [], 0, []), (1_000, [0, 0], 0, [0, 0]),
        // Not of the requirement: a node that took in more than it needed still shares everything.
        (300, [100, 200], 0, [100, 200]),
        (
            16_500_000_000_000, [1_000_000_000_000_000_000, 1_000_000_000_000_000_000], 1,
            [8_250_824_999_999, 8_249_175_000_000]
        ),
    ]

    @Test("a batched share is credited by stake over all stakes after the operator's fee", arguments: batched)
    func credits(_ row: (share: UInt64, staked: [UInt64], fee: UInt64, credited: [UInt64])) throws {
        let credits = RewardSplit.credits(
            of: row.share, among: try Self.parts(row.staked),
            feePortions: RewardSplit.feePortions(basisPoints: row.fee))
        #expect(credits == row.credited)
    }
}
