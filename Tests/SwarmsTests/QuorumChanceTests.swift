import SessionProtocol
import Swarms
import Testing

@Suite struct QuorumChanceTests {
    @Test("Obligation and checkpoint quorums are those of the vectors, before and after hard fork 16")
    func vectors() throws {
        let vectors = try VectorFile.list("swarm", "quorum")
        #expect(vectors.count == 7)
        for vector in vectors {
            let hash = try #require(Hex.decode(vector.text("block_hash")))
            let active = Int(try #require(vector["active"]?.asInteger))
            let inactive = Int(try #require(vector["decommissioned"]?.asInteger))
            let hardfork16 = try #require(vector["hf"]?.asInteger) >= 16
            let names = named("a", active) + named("d", inactive)

            var generator = QuorumChance.generator(hash: hash, type: .obligations, hardfork16: hardfork16)
            for expected in try vector.numbers("rng_first") { #expect(generator.next() == expected) }

            let validators = min(10, active)
            let places = QuorumChance.indices(
                count: names.count, validators: validators, activeCount: active, hardfork16: hardfork16, hash: hash,
                type: .obligations)
            #expect(places.sorted() == Array(names.indices))
            let order = places.map { names[$0] }
            let workers = try vector.nodes("obligation_workers")
            #expect(Array(order.prefix(validators)) == (try vector.nodes("obligation_validators")))
            #expect(Array(order.dropFirst(validators).prefix(workers.count)) == workers)

            let checkpoints = try vector.nodes("checkpoint_validators")
            let all = QuorumChance.indices(count: active, hardfork16: hardfork16, hash: hash, type: .checkpointing)
            #expect(Array(all.prefix(checkpoints.count).map { names[$0] }) == checkpoints)
        }
    }

    @Test("Every kind of quorum draws from a stream of its own, under both generators", arguments: [false, true])
    func kinds(hardfork16: Bool) {
        let hash = Bytes(1...32)
        let firsts = QuorumChance.Kind.allCases.map { kind in
            var generator = QuorumChance.generator(hash: hash, type: kind, hardfork16: hardfork16)
            return generator.next()
        }
        #expect(Set(firsts).count == 4)
    }

    @Test("The whole hash counts from hard fork 16 on, and only its first 8 bytes before")
    func hashBytes() {
        for byte in 0..<32 {
            var other = Bytes(1...32)
            other[byte] ^= 0x80
            for hardfork16 in [false, true] {
                var one = QuorumChance.generator(hash: Bytes(1...32), type: .pulse, hardfork16: hardfork16)
                var two = QuorumChance.generator(hash: other, type: .pulse, hardfork16: hardfork16)
                #expect((one.next() != two.next()) == (hardfork16 || byte < 8), "byte \(byte)")
            }
        }
    }

    @Test("A kind's number is added to the old seed modulo 2⁶⁴")
    func oldSeedWraps() {
        var wrapped = QuorumChance.generator(hash: Bytes(repeating: 0xff, count: 32), type: .blink, hardfork16: false)
        var plain = MersenneTwister(seed: 1)
        #expect(wrapped.next() == plain.next())
    }

    private func named(_ prefix: String, _ count: Int) -> [String] {
        (0..<count).map { prefix + String(String(1000 + $0).dropFirst()) }
    }
}
