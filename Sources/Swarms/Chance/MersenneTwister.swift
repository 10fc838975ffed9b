/// The generator every node replays from a block hash, so that all of them draw the same chance (ledger §5.2).
///
/// MT19937-64 with its standard single-value seeding, as in the C++ standard library.
public struct MersenneTwister: Sendable {
    private static let size = 312
    private static let middle = 156
    private static let upperMask: UInt64 = 0xffff_ffff_8000_0000
    private static let lowerMask: UInt64 = 0x7fff_ffff
    private static let twistMask: UInt64 = 0xb502_6f5a_a966_19e9

    private var state: [UInt64]
    private var index = MersenneTwister.size

    public init(seed: UInt64) {
        state = [seed]
        state.reserveCapacity(Self.size)
        var previous = seed
        for position in 1..<Self.size {
            previous = 6_364_136_223_846_793_005 &* (previous ^ previous >> 62) &+ UInt64(position)
            state.append(previous)
        }
    }

    /// Seeds with the first 8 bytes of a block's hash, read little-endian. Bytes a shorter hash lacks count as zero.
    public init(blockHash: some Sequence<UInt8>) {
        self.init(seed: blockHash.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Seeds the whole state from several words, as `std::mt19937_64` does from a `std::seed_seq` (ledger §3.1).
    public init(_ sequence: SeedSequence) {
        // Each 64-bit word of the state is two outputs, the low half first.
        let halves = sequence.outputs(2 * Self.size)
        state = (0..<Self.size).map { UInt64(halves[2 * $0]) | UInt64(halves[2 * $0 + 1]) << 32 }
        // A state of zeros would only ever give zeros. The low 31 bits of the first word are never used.
        if state[0] & Self.upperMask == 0, state.dropFirst().allSatisfy({ $0 == 0 }) { state[0] = 1 << 63 }
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        if index == Self.size { twist() }
        var output = state[index]
        index += 1
        output ^= output >> 29 & 0x5555_5555_5555_5555
        output ^= output << 17 & 0x71d6_7fff_eda6_0000
        output ^= output << 37 & 0xfff7_eee0_0000_0000
        return output ^ output >> 43
    }

    /// A number in `0..<bound`, the same on every platform. High bits decide, and a bound of 1 still consumes an
    /// output.
    /// - Parameter bound: at least 1.
    public mutating func uniform(_ bound: UInt64) -> UInt64 {
        precondition(bound > 0, "nothing to choose from")
        let limit = UInt64.max - UInt64.max % bound
        while true {
            let output = next()
            if output < limit { return output / (limit / bound) }
        }
    }

    /// Puts a list into a random order, the same on every platform (ledger §5.2). Fewer than two elements consume
    /// nothing.
    public mutating func shuffle<List: MutableCollection & RandomAccessCollection>(_ list: inout List) {
        for place in stride(from: 1, to: list.count, by: 1) {
            let other = Int(uniform(UInt64(place) + 1))
            list.swapAt(list.index(list.startIndex, offsetBy: place), list.index(list.startIndex, offsetBy: other))
        }
    }

    private mutating func twist() {
        for position in 0..<Self.size {
            let mixed = state[position] & Self.upperMask | state[(position + 1) % Self.size] & Self.lowerMask
            state[position] =
                state[(position + Self.middle) % Self.size] ^ mixed >> 1 ^ (mixed & 1 == 0 ? 0 : Self.twistMask)
        }
        index = 0
    }
}
