import SessionProtocol
import Swarms
import Testing

@Suite struct ChanceTests {
    @Test("The generator gives the outputs of the standard library's, for every seed in the vectors")
    func outputs() throws {
        let vectors = try VectorFile.list("swarm", "mt19937_64").filter { $0["first"] != nil && $0["seed"] != nil }
        #expect(vectors.count >= 4)
        for vector in vectors {
            var generator = MersenneTwister(seed: try vector.number("seed"))
            for expected in try vector.numbers("first") { #expect(generator.next() == expected) }
        }
    }

    @Test("The 10,000th output of the default seed is right, so the state is refilled as it must be")
    func tenThousandth() {
        var generator = MersenneTwister(seed: 5489)
        for _ in 1..<10_000 { _ = generator.next() }
        #expect(generator.next() == 9_981_545_732_273_789_042)
    }

    @Test("Uniform choices match the vectors, with bounds from 1 to beyond 32 bits")
    func uniform() throws {
        let vectors = try VectorFile.list("swarm", "uniform")
        #expect(vectors.count == 12)
        for vector in vectors {
            var generator = MersenneTwister(seed: try vector.number("seed"))
            let bound = try vector.number("n")
            for expected in try vector.numbers("out") { #expect(generator.uniform(bound) == expected) }
        }
    }

    @Test("A choice among one consumes an output")
    func choiceAmongOne() {
        var drawn = MersenneTwister(seed: 42)
        var plain = MersenneTwister(seed: 42)
        #expect(drawn.uniform(1) == 0)
        _ = plain.next()
        #expect(drawn.next() == plain.next())
    }

    @Test("Shuffles match the vectors, and fewer than two elements cost nothing")
    func shuffles() throws {
        let vectors = try VectorFile.list("swarm", "shuffle")
        #expect(vectors.count == 4)
        for vector in vectors {
            var generator = MersenneTwister(seed: try vector.number("seed"))
            var list = Array(0..<Int(try #require(vector["n"]?.asInteger)))
            generator.shuffle(&list)
            #expect(list.map { Int64($0) } == vector["out"]?.asArray?.compactMap(\.asInteger))
        }
        var untouched = MersenneTwister(seed: 42)
        var single = [1]
        var empty: [Int] = []
        untouched.shuffle(&single)
        untouched.shuffle(&empty)
        var fresh = MersenneTwister(seed: 42)
        #expect(untouched.next() == fresh.next())
    }

    @Test("A part of a list is shuffled where it stands, as it would be by itself")
    func shuffleOfAPart() {
        var list = Array(0..<30)
        var alone = Array(10..<20)
        var generator = MersenneTwister(seed: 8)
        generator.shuffle(&list[10..<20])
        generator = MersenneTwister(seed: 8)
        generator.shuffle(&alone)
        #expect(list == Array(0..<10) + alone + Array(20..<30))
    }

    @Test("A block's seed is its hash's first 8 bytes, little-endian")
    func blockSeed() {
        let hash: Bytes = [1, 2, 3, 4, 5, 6, 7, 8] + Bytes(repeating: 0xee, count: 24)
        var fromHash = MersenneTwister(blockHash: hash)
        var fromSeed = MersenneTwister(seed: 0x0807_0605_0403_0201)
        #expect(fromHash.next() == fromSeed.next())
    }
}
