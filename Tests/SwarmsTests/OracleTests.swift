import SessionProtocol
import Testing

@testable import Swarms

@Suite struct OracleTests {
    /// - Returns: 40 blocks of each of so many histories of every shape.
    private func blocks(
        histories: UInt64, of make: (RandomHistory.Shape, UInt64) -> RandomHistory
    )
        -> [RandomHistory.Block]
    {
        RandomHistory.Shape.allCases.flatMap { shape in
            (0..<histories).flatMap { seed in
                var history = make(shape, 20_200 + seed)
                return (0..<40).map { _ in history.next() }
            }
        }
    }

    /// - Returns: how many blocks the daemon could not add.
    private func compare(_ blocks: [RandomHistory.Block], _ policy: SwarmPolicy) throws -> Int {
        var impossible = 0
        for (block, answer) in zip(blocks, try Oracle.answers(to: blocks.map { Oracle.question(policy, about: $0) })) {
            guard answer["throws"] == nil else {
                impossible += 1
                let nodes = block.before.swarms.values.reduce(block.joiners.count) { $0 + $1.count }
                #expect(nodes < 5 && block.before.swarms.filter { !$0.value.isEmpty }.count > 1)
                #expect(block.after.swarms.count == 1)
                continue
            }
            #expect(block.after == (try answer.assignment("after")))
            #expect(answer["draws"]?.asInteger == Int64(block.draws))
        }
        return impossible
    }

    @Test("The independent implementation of the paper's rules agrees on 2,000 random blocks")
    func whitepaper() throws {
        let blocks = blocks(histories: 10) { RandomHistory($0, policy: .whitepaper, seed: $1) }
        #expect(blocks.count == 2_000)
        #expect(try compare(blocks, .whitepaper) == 0)
    }

    @Test("The independent implementation of the daemon's rules agrees on 2,000 random blocks of up to 16 swarms")
    func oxen() throws {
        // Eighty nodes never stand in more than 16 swarms: each has five at the end of a block.
        let blocks = blocks(histories: 10) { RandomHistory($0, policy: .oxen, seed: $1, limit: 80) }
        #expect(blocks.count == 2_000)
        #expect(try compare(blocks, .oxen) < 100)
    }

    @Test("With the daemon's order of ties it agrees on 1,000 random blocks of any number of swarms")
    func oxenBeyondSixteen() throws {
        let blocks = blocks(histories: 5) { shape, seed in
            RandomHistory(shape, seed: seed) { block in
                OxenPolicy.update(block.before, joiners: block.joiners, blockHash: block.hash, ties: .libstdcxx)
            }
        }
        #expect(blocks.filter { $0.after.swarms.count > 16 }.count > 100)
        #expect(try compare(blocks, .oxen) < 50)
    }

    @Test("The order of ties by id is not the daemon's beyond 16 swarms, so that the choice means something")
    func tiesMatter() throws {
        var history = RandomHistory(.bulk, policy: .oxen, seed: 5)
        let blocks = (0..<40).map { _ in history.next() }.filter { $0.before.swarms.count > 16 && !$0.joiners.isEmpty }
        let answers = try Oracle.answers(to: blocks.map { Oracle.question(.oxen, about: $0) })
        let differing = try zip(blocks, answers).filter { block, answer in
            block.after != (try answer.assignment("after"))
        }
        #expect(differing.count * 2 > blocks.count)
    }

    @Test("Seed words match the standard's, for every length of output that is treated in its own way")
    func seedSequence() throws {
        var chance = MersenneTwister(seed: 624)
        let questions = [1, 2, 6, 7, 8, 38, 39, 67, 68, 100, 622, 623, 624, 700].flatMap { count in
            [0, 1, 9, 800].map { length in
                (words: (0..<length).map { _ in UInt32(truncatingIfNeeded: chance.next()) }, count: count)
            }
        }
        let answers = try Oracle.answers(
            to: questions.map { ["words": .array($0.words.map { .integer(Int64($0)) }), "count": .int($0.count)] })
        for (question, answer) in zip(questions, answers) {
            let outputs = SeedSequence(question.words).outputs(question.count)
            #expect(outputs.map { Int64($0) } == answer["outputs"]?.asArray?.compactMap(\.asInteger))
        }
    }

    @Test("The sort leaves every list as GNU's library does, also those that drive it into heap sort")
    func sort() throws {
        var chance = MersenneTwister(seed: 17)
        var lists = (0..<400).map { _ in
            let kinds = 1 + chance.uniform(12)
            return (0..<1 + chance.uniform(200)).map { _ in Int(chance.uniform(kinds)) }
        }
        // Rising and falling again, a list of 400 or 500 is split off-centre until the depth allowed is used up.
        for count in [64, 200, 400, 500] { lists.append(Array(0..<count / 2) + Array((1...count / 2).reversed())) }
        for (sizes, answer) in zip(lists, try Oracle.answers(to: lists.map { ["sizes": .array($0.map { .int($0) })] }))
        {
            let places = SizeOrder(sizes, ties: .libstdcxx).places
            #expect(places.map { Int64($0) } == answer["places"]?.asArray?.compactMap(\.asInteger))
        }
    }
}
