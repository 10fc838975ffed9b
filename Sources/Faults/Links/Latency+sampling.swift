extension Latency {
    /// Draws a time, in whole nanoseconds and within ``bounds``. A fixed time draws nothing from the generator, every
    /// other distribution one number (an even one, very rarely, another).
    public func sample(using generator: inout some RandomNumberGenerator) -> Duration {
        switch shape {
        case .fixed(let time): .nanoseconds(time)
        case .uniform(let least, let most):
            .nanoseconds(least + Int64(generator.number(below: UInt64(most - least) + 1)))
        case .bell(let mean, let deviation, let floor):
            .nanoseconds(max(floor, mean + Self.offset(generator.next(), deviation: deviation)))
        case .longTail(let median, let longest):
            .nanoseconds(min(longest, Self.doubled(median, by: generator.next())))
        }
    }

    /// The shortest and the longest time ``sample(using:)`` can give.
    public var bounds: ClosedRange<Duration> {
        switch shape {
        case .fixed(let time): .nanoseconds(time) ... .nanoseconds(time)
        case .uniform(let least, let most): .nanoseconds(least) ... .nanoseconds(most)
        case .bell(let mean, let deviation, let floor):
            .nanoseconds(max(floor, mean + Self.offset(.min, deviation: deviation)))
                ... .nanoseconds(max(floor, mean + Self.offset(.max, deviation: deviation)))
        case .longTail(let median, let longest):
            .nanoseconds(Self.doubled(median, by: .min))
                ... .nanoseconds(min(longest, Self.doubled(median, by: 0xffff_ffff_0000_0001)))
        }
    }

    /// How far from the mean: the four 16-bit quarters of a draw, added, have the variance 4·(2^32 − 1)/12, and
    /// doubling the sum keeps its centre, 262,140, an integer. The result never leaves 64 bits: an hour times 262,140
    /// is below 2^60.
    private static func offset(_ draw: UInt64, deviation: Int64) -> Int64 {
        let sum = (draw & 0xffff) + (draw >> 16 & 0xffff) + (draw >> 32 & 0xffff) + draw >> 48
        return (2 * Int64(sum) - 262_140) * deviation / 75_674
    }

    /// One bit says below or above the median, each pair of zero bits after it doubles, and the upper half of the
    /// draw says where within that octave. At most 15 doublings: an hour doubled so often is below 2^57.
    private static func doubled(_ median: Int64, by draw: UInt64) -> Int64 {
        let within = draw & 0xffff_ffff_0000_0000
        if draw & 1 == 0 {
            let half = median / 2
            return half + Int64(within.multipliedFullWidth(by: UInt64(median - half)).high)
        }
        let pairs = (draw >> 1 & 0x3fff_ffff).trailingZeroBitCount / 2
        let start = median << Int64(min(pairs, 15))
        return start + Int64(within.multipliedFullWidth(by: UInt64(start)).high)
    }
}
