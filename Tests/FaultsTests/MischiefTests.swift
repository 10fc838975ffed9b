import Faults
import Testing

@Suite struct MischiefTests {
    @Test("A point misbehaves as often as it is told, and no other does", arguments: MischiefPoint.allCases)
    func frequency(point: MischiefPoint) {
        let mischief = Mischief(chances: [point: .percent(10)])
        var draws = CountedDraws(seed: 8)
        let hits = (0..<20_000).count { _ in mischief.happens(point, using: &draws) }
        #expect((1_830...2_170).contains(hits), "\(hits)")
        #expect(draws.count == 20_000)
        for other in MischiefPoint.allCases where other != point {
            #expect(mischief[other] == .never)
            #expect(!mischief.happens(other, using: &draws))
        }
        #expect(draws.count == 20_000)
    }

    @Test("No mischief draws nothing", arguments: MischiefPoint.allCases)
    func none(point: MischiefPoint) {
        var draws = CountedDraws(seed: 1)
        #expect(!Mischief.none.happens(point, using: &draws))
        #expect(draws.count == 0)
        #expect(Mischief.none == Mischief(chances: [:]))
    }

    @Test("Rare mischief is between 1 in 1,000 and 1 in 200, and fails no write", arguments: MischiefPoint.allCases)
    func rare(point: MischiefPoint) {
        let chance = Mischief.rare[point]
        switch point {
        case .failedWrite, .tornWrite: #expect(chance == .never)
        case .slowDisk, .slowPeer, .earlyTimer, .reorderedWakeUp:
            #expect((1_000...5_000).contains(chance.partsPerMillion))
        }
    }

    @Test("One point can be changed without the others")
    func changing() {
        var mischief = Mischief.rare
        mischief[.tornWrite] = .always
        #expect(mischief[.tornWrite] == .always)
        for point in MischiefPoint.allCases where point != .tornWrite {
            #expect(mischief[point] == Mischief.rare[point])
        }
    }
}
