/// Spreads a few words over as many seed words as a generator wants, as C++'s `std::seed_seq` does.
public struct SeedSequence: Sendable {
    private let words: [UInt32]

    public init(_ words: [UInt32]) { self.words = words }

    /// As many seed words as asked for; another `count` gives other words, not more of the same.
    public func outputs(_ count: Int) -> [UInt32] {
        guard count > 0 else { return [] }
        var buffer = [UInt32](repeating: 0x8b8b_8b8b, count: count)
        let lag = Self.lag(count)
        let near = (count - lag) / 2
        let far = near + lag
        let rounds = max(words.count + 1, count)
        for round in 0..<rounds {
            let (here, before) = (round % count, (round + count - 1) % count)
            let (first, second) = ((round + near) % count, (round + far) % count)
            let mixed = buffer[here] ^ buffer[first] ^ buffer[before]
            let own = 1_664_525 &* (mixed ^ mixed >> 27)
            let added: UInt32 =
                switch round {
                case 0: UInt32(truncatingIfNeeded: words.count)
                case ...words.count: UInt32(truncatingIfNeeded: here) &+ words[round - 1]
                default: UInt32(truncatingIfNeeded: here)
                }
            buffer[first] &+= own
            buffer[second] &+= own &+ added
            buffer[here] = own &+ added
        }
        for round in rounds..<rounds + count {
            let (here, before) = (round % count, (round + count - 1) % count)
            let (first, second) = ((round + near) % count, (round + far) % count)
            let mixed = buffer[here] &+ buffer[first] &+ buffer[before]
            let own = 1_566_083_941 &* (mixed ^ mixed >> 27)
            let reduced = own &- UInt32(truncatingIfNeeded: here)
            buffer[first] ^= own
            buffer[second] ^= reduced
            buffer[here] = reduced
        }
        return buffer
    }

    private static func lag(_ count: Int) -> Int {
        switch count {
        case 623...: 11
        case 68...: 7
        case 39...: 5
        case 7...: 3
        default: (count - 1) / 2
        }
    }
}
