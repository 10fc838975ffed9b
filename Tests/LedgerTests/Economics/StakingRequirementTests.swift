import Ledger
import Testing

struct StakingRequirementTests {
    /// Height of the main network, atomic units.
    static let curve: [(height: UInt64, atomic: UInt64)] = [
        (0, 45_000_000_000_000), (100, 45_000_000_000_000), (101_250, 45_000_000_000_000),
        (150_000, 36_967_046_351_967), (161_849, 35_311_097_163_785), (209_250, 29_643_085_845_414),
        (234_766, 27_137_288_637_725), (234_767, 27_244_282_426_266), (300_000, 23_637_987_764_646),
        (373_200, 20_839_644_149_350), (385_823, 20_458_410_008_979), (385_824, 20_458_380_815_527),
        (429_023, 19_332_345_832_155), (429_024, 19_332_319_724_305), (442_333, 19_056_972_764_594),
        (450_000, 18_898_351_896_001), (460_000, 18_691_464_106_001), (466_837, 18_550_014_923_978),
        (466_838, 18_549_994_235_199), (472_224, 18_438_564_443_912), (496_969, 18_032_234_346_137),
        (641_110, 16_396_730_529_714), (641_111, 15_000_000_000_000), (2_000_000, 15_000_000_000_000),
    ]

    @Test("the curve of the main network is met to the atomic unit", arguments: curve)
    func mainNetwork(_ row: (height: UInt64, atomic: UInt64)) {
        #expect(StakingRequirement.curve.amount(at: row.height) == Amount(atomic: row.atomic))
    }

    @Test("on the curve the requirement never rises but at hard fork 11")
    func descent() {
        let rises = (UInt64(101_251)...700_000).filter {
            StakingRequirement.curve.amount(at: $0 - 1) < StakingRequirement.curve.amount(at: $0)
        }
        #expect(rises == [234_767])
    }

    @Test("a flat requirement is the same at every height", arguments: [0, 101_250, 641_111, UInt64.max])
    func flat(_ height: UInt64) {
        #expect(StakingRequirement.flat(.coins(18_550)).amount(at: height) == .coins(18_550))
    }
}
