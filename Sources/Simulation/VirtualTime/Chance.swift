import Faults

/// A stream of chance with a state of its own (SplitMix64), so that drawing for one purpose never shifts another's draws.
struct ChanceStream: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameters:
    ///   - purpose: streams of one seed with different purposes are unrelated.
    ///   - numbers: tell apart streams of one purpose.
    init(seed: UInt64, purpose: StaticString, _ numbers: UInt64...) {
        state = seed ^ 0xcbf2_9ce4_8422_2325
        purpose.withUTF8Buffer { for byte in $0 { absorb(UInt64(byte)) } }
        for number in numbers { absorb(number) }
    }

    private mutating func absorb(_ number: UInt64) { state = Self.mixed(state ^ number) &* 0x0000_0100_0000_01b3 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mixed(state)
    }

    /// Spreads every bit of a number over all others.
    static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// An evenly distributed number of nanoseconds in `0..<longest`.
    mutating func nanoseconds(below longest: Int64) -> Int64 {
        Int64(next().multipliedFullWidth(by: UInt64(max(0, longest))).high)
    }
}

/// Decides, seeded, where one machine of the simulation misbehaves a little as real ones do. Each has a stream of its own: in
/// which order two machines come to draw at the same moment must not matter.
struct MischiefSource {
    private let mischief: Mischief
    private var chance: ChanceStream

    init(_ mischief: Mischief, chance: ChanceStream) {
        self.mischief = mischief
        self.chance = chance
    }

    mutating func happens(_ point: MischiefPoint) -> Bool { mischief.happens(point, using: &chance) }

    mutating func nanoseconds(below longest: Int64) -> Int64 { chance.nanoseconds(below: longest) }
}
