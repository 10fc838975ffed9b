import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization
import Testing

@testable import SessionClient

/// How a client draws nodes from a long list.
@Suite("Choosing nodes") struct NodeChoiceTests {
    /// A repeatable stream that counts its draws.
    private final class CountedChance: Randomness {
        private let stream: SeededRandomness
        private let draws = Mutex(0)

        init(seed: UInt64) { stream = SeededRandomness(seed: seed) }

        var count: Int { draws.withLock { $0 } }

        func next() -> UInt64 {
            draws.withLock { $0 += 1 }
            return stream.next()
        }

        func bytes(_ count: Int) -> Bytes { stream.bytes(count) }
    }

    private static let keys: [Ed25519PublicKey] = (0..<300).compactMap { number in
        Ed25519PublicKey([UInt8(number / 256), UInt8(number % 256)] + Bytes(repeating: 7, count: 30))
    }

    private func chosen(
        _ count: Int, of keys: [Ed25519PublicKey], avoiding avoided: [Ed25519PublicKey] = [],
        without excluded: Ed25519PublicKey? = nil, seed: UInt64 = 1
    ) -> [Ed25519PublicKey] {
        var avoidance = NodeAvoidance()
        avoidance.add(avoided, until: .seconds(60))
        var source = RandomSource(SeededRandomness(seed: seed))
        return avoidance.chosen(count, of: keys, without: excluded, key: \.self, at: .seconds(59), using: &source)
    }

    @Test("Drawing one at a time gives the order that swapping a whole array gives", arguments: [0, 1, 2, 5, 300])
    func sparseShuffle(count: Int) {
        for seed in 1...20 as ClosedRange<UInt64> {
            var dense = Array(0..<count)
            var source = RandomSource(SeededRandomness(seed: seed))
            for place in dense.indices { dense.swapAt(place, Int.random(in: place..<count, using: &source)) }
            var order = RandomOrder(count: count)
            source = RandomSource(SeededRandomness(seed: seed))
            var drawn: [Int] = []
            while let number = order.next(using: &source) { drawn.append(number) }
            #expect(drawn == dense)
            #expect(drawn.sorted() == Array(0..<count))
        }
    }

    @Test("Every node is the first choice about equally often")
    func evenness() {
        var counts: [Ed25519PublicKey: Int] = [:]
        for seed in 1...4_000 as ClosedRange<UInt64> {
            for key in chosen(2, of: Array(Self.keys.prefix(8)), seed: seed) { counts[key, default: 0] += 1 }
        }
        #expect(counts.count == 8)
        #expect(counts.values.allSatisfy { (850...1_150).contains($0) }, "\(counts.values.sorted())")
    }

    @Test("Three of many cost a handful of draws, not a shuffle of all")
    func fewDraws() {
        let chance = CountedChance(seed: 3)
        var source = RandomSource(chance)
        let nodes = NodeAvoidance().chosen(3, of: Self.keys, key: \.self, at: .zero, using: &source)
        #expect(Set(nodes).count == 3)
        #expect(chance.count <= 6)
    }

    @Test("Nodes at fault come last and only where the others do not suffice; the excluded one never comes")
    func preference() {
        let few = Array(Self.keys.prefix(6))
        for seed in 1...40 as ClosedRange<UInt64> {
            let good = Array(few.suffix(2))
            let some = chosen(2, of: few, avoiding: Array(few.prefix(4)), seed: seed)
            #expect(Set(some) == Set(good))
            let more = chosen(4, of: few, avoiding: Array(few.prefix(4)), seed: seed)
            #expect(Set(more.prefix(2)) == Set(good) && Set(more).count == 4)
            let rest = chosen(9, of: few, avoiding: Array(few.prefix(4)), without: few[0], seed: seed)
            #expect(Set(rest) == Set(few.dropFirst()) && Set(rest.prefix(2)) == Set(good))
        }
    }
}
