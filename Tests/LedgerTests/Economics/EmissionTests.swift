import Ledger
import Testing

struct EmissionTests {
    /// Hard fork, height of the main network, atomic units.
    static let blocks: [(hardfork: UInt8, height: UInt64, atomic: UInt64)] = [
        (9, 101_250, 61_856_388_673), (11, 234_767, 36_116_786_459), (13, 385_824, 29_613_039_889),
        (14, 442_333, 28_881_314_988), (14, 466_837, 28_678_105_428), (14, 496_968, 28_491_273_025),
        (8, 0, 128_000_000_000), (8, 64_800, 78_000_000_000), (15, 496_969, 25_000_000_000),
        (16, 641_111, 25_000_000_000), (17, 770_711, 18_333_333_333), (19, 0, 18_333_333_333),
        (20, 5_000_000, 18_333_333_333),
    ]

    @Test("a block's reward follows its hard fork's formula to the atomic unit", arguments: blocks)
    func reward(_ row: (hardfork: UInt8, height: UInt64, atomic: UInt64)) {
        #expect(Emission.reward(hardfork: row.hardfork, height: row.height) == Amount(atomic: row.atomic))
    }

    @Test(
        "hard fork 7 emits a part of what is left under its ceiling, and nothing above",
        arguments: [
            (supply: 0, atomic: 144_115_188_075), (supply: 22_500_000, atomic: 122_740_188_075),
            (supply: 151_700_198, atomic: 0), (supply: 1_000_000_000, atomic: UInt64(0)),
        ] as [(supply: UInt64, atomic: UInt64)])
    func early(_ row: (supply: UInt64, atomic: UInt64)) {
        #expect(
            Emission.reward(hardfork: 7, height: 1, supply: .coins(row.supply)) == Amount(atomic: row.atomic))
    }

    /// Atomic units: service nodes, governance, miner.
    static let divisions: [(hardfork: UInt8, height: UInt64, shares: [UInt64])] = [
        (9, 101_250, [30_928_194_336, 3_092_819_433, 27_835_374_904]),
        (14, 466_837, [14_339_052_714, 1_433_905_271, 12_905_147_443]),
        (15, 496_969, [16_500_000_000, 2_500_000_000, 6_000_000_000]),
        (16, 641_111, [16_500_000_000, 8_500_000_000, 0]), (17, 770_711, [16_500_000_000, 1_833_333_333, 0]),
        (19, 1_080_149, [16_500_000_000, 1_833_333_333, 0]),
    ]

    @Test("a reward is shared as its hard fork says, and nothing of it is lost", arguments: divisions)
    func sharing(_ row: (hardfork: UInt8, height: UInt64, shares: [UInt64])) {
        let shares = Emission.shares(hardfork: row.hardfork, height: row.height)
        let atomic = [shares.serviceNodes, shares.governance, shares.miner].map(\.atomic)
        #expect(atomic == row.shares)
        #expect(Amount(atomic: atomic.reduce(0, +)) == Emission.reward(hardfork: row.hardfork, height: row.height))
    }

    @Test("the lump paid every 5,040 blocks is the sum of the blocks' own governance shares")
    func governanceLump() {
        let lump = (1...5_040).reduce(UInt64(0)) {
            $0 + Emission.shares(hardfork: 17, height: 770_711 + UInt64($1)).governance.atomic
        }
        #expect(lump == 5_040 * 1_833_333_333)
    }
}
