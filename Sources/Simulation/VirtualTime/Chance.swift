import Faults
import NodeRuntime

/// A stream of chance with a state of its own, so that drawing for one purpose never shifts another's draws.
struct ChanceStream: RandomNumberGenerator, Sendable {
    private var generator: SplitMix64

    /// - Parameters:
    ///   - purpose: streams of one seed with different purposes are unrelated.
    ///   - numbers: tell apart streams of one purpose.
    init(seed: UInt64, purpose: StaticString, _ numbers: UInt64...) {
        var state = seed ^ 0xcbf2_9ce4_8422_2325
        func absorb(_ number: UInt64) { state = SplitMix64.mixed(state ^ number) &* 0x0000_0100_0000_01b3 }
        purpose.withUTF8Buffer { for byte in $0 { absorb(UInt64(byte)) } }
        for number in numbers { absorb(number) }
        generator = SplitMix64(state: state)
    }

    mutating func next() -> UInt64 { generator.next() }

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
