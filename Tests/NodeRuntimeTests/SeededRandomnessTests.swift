import NodeRuntime
import SessionProtocol
import Testing

/// The seeded stream must never change: every recorded run would replay differently.
struct SeededRandomnessTests {
    @Test(
        "A seed gives the published SplitMix64 stream",
        arguments: [
            (0, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec]),
            (
                1_234_567,
                [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
            ),
        ] as [(UInt64, [UInt64])])
    func stream(seed: UInt64, expected: [UInt64]) {
        let randomness = SeededRandomness(seed: seed)
        #expect(expected.map { _ in randomness.next() } == expected)
    }

    @Test("Bytes are the stream's words in little-endian order, cut to the count", arguments: [0, 1, 8, 9, 24])
    func bytes(count: Int) {
        let expected: Bytes = [
            0xaf, 0xcd, 0x1d, 0x7b, 0x39, 0xa8, 0x20, 0xe2, 0xf4, 0x65, 0xb9, 0xa1, 0x6a, 0x9e, 0x78, 0x6e, 0x4f, 0x45,
            0x09, 0x80, 0x18, 0x5d, 0xc4, 0x06,
        ]
        #expect(SeededRandomness(seed: 0).bytes(count) == Bytes(expected.prefix(count)))
    }

    @Test("The standard library's shuffles draw from the stream, so equal seeds shuffle alike")
    func source() {
        func shuffled(_ seed: UInt64) -> [Int] {
            var source = RandomSource(SeededRandomness(seed: seed))
            return (0..<50).shuffled(using: &source)
        }
        #expect(shuffled(1) == shuffled(1))
        #expect(shuffled(1) != shuffled(2))
    }

    @Test("Many tasks that draw at once get every word of the stream exactly once")
    func concurrent() async {
        let shared = SeededRandomness(seed: 3)
        let drawn = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 { group.addTask { (0..<250).map { _ in shared.next() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let alone = SeededRandomness(seed: 3)
        #expect(Set(drawn) == Set((0..<1_000).map { _ in alone.next() }))
    }
}
