import Faults
import Testing

@Suite struct ChanceTests {
    @Test(
        "A chance comes true as often as it says",
        arguments: [1_000, 5_000, 100_000, 250_000, 500_000, 900_000, 999_000])
    func frequency(partsPerMillion: Int) {
        var draws = CountedDraws(seed: 11)
        let chance = Chance(partsPerMillion: partsPerMillion)
        let hits = (0..<100_000).count { _ in chance.happens(using: &draws) }
        // Four standard deviations of a binomial distribution, squared to stay with integers.
        let expected = partsPerMillion / 10
        let variance = expected * (1_000_000 - partsPerMillion) / 1_000_000
        #expect((hits - expected) * (hits - expected) <= 16 * variance, "\(hits) of \(expected)")
        #expect(draws.count == 100_000)
    }

    @Test("Never and always are exact and draw nothing", arguments: [(Chance.never, false), (.always, true)])
    func certainties(chance: Chance, expected: Bool) {
        for draw in [UInt64.min, .max] {
            var draws = ToldDraws(draw, .max / 3)
            #expect(chance.happens(using: &draws) == expected)
            #expect(draws.count == 0)
        }
    }

    @Test(
        "One part comes true for the lowest draws alone, all parts but one for all but the highest"
    )
    func edges() {
        // A draw d stands for the part d·10^6 / 2^64, of which each has 2^64 / 10^6 draws.
        let firstOfPart1 = UInt64.max / 1_000_000 + 1
        let firstOfLastPart = UInt64.max / 1_000_000 * 999_999 + 999_999
        let rows: [(ppm: Int, draw: UInt64, expected: Bool)] = [
            (1, firstOfPart1 - 1, true), (1, firstOfPart1 + 1, false), (1, .max, false), (999_999, .max, false),
            (999_999, firstOfLastPart - 1_000_000, true), (999_999, firstOfLastPart + 1_000_000, false),
        ]
        for row in rows {
            var draws = ToldDraws(row.draw)
            #expect(Chance(partsPerMillion: row.ppm).happens(using: &draws) == row.expected, "\(row)")
        }
    }

    @Test("The draws that would favour some outcomes are thrown away")
    func evenness() {
        // 2^64 is no multiple of a million: of the draw 0 there is one too many.
        var draws = ToldDraws(0, .max)
        #expect(!Chance(partsPerMillion: 500_000).happens(using: &draws))
        #expect(draws.count == 2)
    }

    @Test("A percentage is ten thousand parts per million", arguments: [0, 1, 50, 100])
    func percent(percent: Int) {
        #expect(Chance.percent(percent).partsPerMillion == percent * 10_000)
    }
}
