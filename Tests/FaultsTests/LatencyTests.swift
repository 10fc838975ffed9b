import Faults
import Testing

@Suite struct LatencyTests {
    static let distributions: [Latency] = [
        .none, .fixed(.milliseconds(7)), .fixed(.seconds(3_600)),
        .uniform(.zero ... .zero), .uniform(.microseconds(3) ... .microseconds(4)),
        .uniform(.zero ... .seconds(3_600)),
        .bell(mean: .milliseconds(40), deviation: .milliseconds(10), floor: .milliseconds(5)),
        .bell(mean: .milliseconds(10), deviation: .milliseconds(50), floor: .milliseconds(2)),
        .bell(mean: .milliseconds(10), deviation: .milliseconds(50)),
        .bell(mean: .seconds(3_600), deviation: .seconds(3_600)),
        .bell(mean: .milliseconds(1), deviation: .zero, floor: .milliseconds(9)),
        .longTail(median: .milliseconds(30), longest: .seconds(10)),
        .longTail(median: .milliseconds(30), longest: .milliseconds(30)),
        .longTail(median: .seconds(3_600), longest: .seconds(3_600)),
        .longTail(median: .zero, longest: .zero), .longTail(median: .microseconds(1), longest: .seconds(3_600)),
    ]

    @Test("Every sample lies within the bounds, also for the lowest and highest draws", arguments: distributions)
    func bounds(latency: Latency) {
        var seeded = CountedDraws(seed: 3)
        for _ in 0..<5_000 { #expect(latency.bounds.contains(latency.sample(using: &seeded))) }
        for bits in [UInt64.min, 1, .max - 1, .max, 1 << 63, 1 << 32, 1 << 31, 0xffff_ffff_0000_0000] {
            var told = ToldDraws(bits, .max / 3)
            #expect(latency.bounds.contains(latency.sample(using: &told)), "\(bits)")
        }
        #expect(latency.bounds.lowerBound >= .zero)
    }

    @Test(
        "The bounds are the tightest: the lowest and highest draws reach both ends",
        arguments: [
            (Latency.uniform(.microseconds(300) ... .milliseconds(1)), UInt64(1) << 20, UInt64.max),
            (.bell(mean: .milliseconds(40), deviation: .milliseconds(10)), 0, .max),
            (.bell(mean: .milliseconds(40), deviation: .milliseconds(10), floor: .milliseconds(30)), 0, .max),
            (.longTail(median: .milliseconds(3), longest: .seconds(1)), 0, 1),
        ])
    func reach(latency: Latency, lowest: UInt64, highest: UInt64) {
        var low = ToldDraws(lowest)
        var high = ToldDraws(highest)
        #expect(latency.sample(using: &low) == latency.bounds.lowerBound)
        #expect(latency.sample(using: &high) == latency.bounds.upperBound)
    }

    @Test("A uniform latency of two neighbours gives every nanosecond between them, ends included, about equally often")
    func uniform() {
        var draws = CountedDraws(seed: 5)
        let latency = Latency.uniform(.microseconds(1) ... .microseconds(2))
        var counts: [Duration: Int] = [:]
        for _ in 0..<200_000 { counts[latency.sample(using: &draws), default: 0] += 1 }
        #expect(counts.count == 1_001)
        // About 200 each; five standard deviations.
        #expect(counts.values.allSatisfy { (128...272).contains($0) })
        #expect(latency.bounds == .microseconds(1) ... .microseconds(2))
    }

    @Test("A bell has the mean and the deviation it was given", arguments: [1, 2, 3])
    func bell(seed: UInt64) {
        var draws = CountedDraws(seed: seed)
        let latency = Latency.bell(mean: .milliseconds(40), deviation: .milliseconds(10))
        let samples = (0..<100_000).map { _ in nanoseconds(latency.sample(using: &draws)) }
        let mean = samples.reduce(0, +) / 100_000
        // The mean of 100,000 draws has a deviation of 32 µs.
        #expect((39_870_000...40_130_000).contains(mean), "\(mean)")
        let variance = samples.map { ($0 - mean) / 1_000 * (($0 - mean) / 1_000) }.reduce(0, +) / 100_000
        // In µs²: between the squares of 9.9 ms and 10.1 ms.
        #expect((9_900 * 9_900...10_100 * 10_100).contains(variance), "\(variance)")
        let near = samples.count { (30_000_000...50_000_000).contains($0) }
        // An even distribution of that deviation would have 57,700 within one deviation.
        #expect((66_000...69_500).contains(near), "\(near)")
        #expect(draws.count == 100_000)
    }

    @Test("A bell's floor takes the place of what is below it")
    func floor() {
        var draws = CountedDraws(seed: 4)
        let latency = Latency.bell(
            mean: .milliseconds(40), deviation: .milliseconds(10), floor: .milliseconds(40))
        let samples = (0..<10_000).map { _ in latency.sample(using: &draws) }
        let atFloor = samples.count { $0 == .milliseconds(40) }
        #expect((4_800...5_200).contains(atFloor), "\(atFloor)")
        #expect(latency.bounds.lowerBound == .milliseconds(40))
    }

    @Test("A long tail has its median, mean and share of stragglers", arguments: [1, 2, 3])
    func longTail(seed: UInt64) {
        var draws = CountedDraws(seed: seed)
        let latency = Latency.longTail(median: .milliseconds(8), longest: .seconds(100))
        let samples = (0..<200_000).map { _ in latency.sample(using: &draws) }
        func above(_ times: Int) -> Int { samples.count { $0 >= .milliseconds(8 * times) } }
        // Half, an eighth, a 32nd, a 128th, a 2,048th of 200,000; four standard deviations.
        #expect((99_100...100_900).contains(above(1)), "\(above(1))")
        #expect((24_400...25_600).contains(above(2)), "\(above(2))")
        #expect((5_930...6_570).contains(above(4)), "\(above(4))")
        #expect((1_400...1_720).contains(above(8)), "\(above(8))")
        #expect((58...138).contains(above(32)), "\(above(32))")
        #expect(samples.allSatisfy { $0 >= .milliseconds(4) })
        let mean = samples.map(nanoseconds).reduce(0, +) / 200_000
        #expect((11_500_000...12_600_000).contains(mean), "\(mean)")
        #expect(draws.count == 200_000)
    }

    @Test("No draw of a long tail is above the longest, and draws above become it")
    func longest() {
        var draws = CountedDraws(seed: 9)
        let latency = Latency.longTail(median: .milliseconds(8), longest: .milliseconds(16))
        let samples = (0..<8_000).map { _ in latency.sample(using: &draws) }
        let atLongest = samples.count { $0 == .milliseconds(16) }
        #expect((880...1_120).contains(atLongest), "\(atLongest)")
        #expect(samples.allSatisfy { $0 <= .milliseconds(16) })
    }

    @Test("A long tail doubles its median no more than 15 times, and then lies below the next doubling")
    func doublings() {
        let latency = Latency.longTail(median: .microseconds(1), longest: .seconds(3_600))
        var first = ToldDraws(1)
        #expect(latency.sample(using: &first) == .microseconds(1 << 15))
        var last = ToldDraws(0xffff_ffff_0000_0001)
        #expect(latency.sample(using: &last) == latency.bounds.upperBound)
        #expect(latency.bounds.upperBound == .microseconds(1 << 16) - .nanoseconds(1))
    }

    @Test("A fixed latency draws nothing")
    func fixed() {
        var draws = CountedDraws(seed: 1)
        #expect(Latency.fixed(.microseconds(50)).sample(using: &draws) == .microseconds(50))
        #expect(draws.count == 0)
    }

    @Test("A seed gives the same times on every machine and in every release")
    func pinned() {
        var draws = CountedDraws(seed: 42)
        let latencies: [Latency] = [
            .uniform(.microseconds(300) ... .milliseconds(1)),
            .bell(mean: .milliseconds(40), deviation: .milliseconds(10), floor: .milliseconds(5)),
            .longTail(median: .milliseconds(20), longest: .seconds(5)),
        ]
        let times = (0..<4).flatMap { _ in latencies.map { nanoseconds($0.sample(using: &draws)) } }
        // Worked out by a second implementation, in another language.
        #expect(
            times == [
                819_096, 51_877_527, 12_786_011, 540_933, 16_882_417, 18_682_280, 452_883, 36_830_616, 26_798_620,
                732_938, 26_458_229,
                14_929_891,
            ])
    }

    @Test("Times are cut to whole microseconds")
    func resolution() {
        var draws = CountedDraws(seed: 1)
        #expect(Latency.fixed(.nanoseconds(1_999)).sample(using: &draws) == .microseconds(1))
        #expect(Latency.fixed(.nanoseconds(1_999)) == .fixed(.microseconds(1)))
    }

    private func nanoseconds(_ time: Duration) -> Int64 {
        time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000
    }
}
