/// How long a message is under way: a distribution of times.
///
/// Times given are cut to whole microseconds, times drawn are whole nanoseconds, and all arithmetic is on integers, so
/// that a seed gives the same times on every machine. Every time given must be within ``allowed``; anything else is a
/// mistake in the program and ends it. (Rules from outside are checked before, see ``LinkRule/init(json:)``.)
public struct Latency: Sendable, Hashable {
    /// The distributions, in nanoseconds.
    enum Shape: Sendable, Hashable {
        case fixed(Int64)
        case uniform(least: Int64, most: Int64)
        case bell(mean: Int64, deviation: Int64, floor: Int64)
        case longTail(median: Int64, longest: Int64)
    }

    let shape: Shape

    /// What a time given may be: nothing up to an hour.
    public static let allowed = Duration.zero...Duration.seconds(3_600)

    /// No time at all.
    public static let none = fixed(.zero)

    /// Always the same time. The only distribution that draws nothing.
    public static func fixed(_ time: Duration) -> Latency { Latency(shape: .fixed(checked(time))) }

    /// Every time of a range equally often, both ends included.
    public static func uniform(_ range: ClosedRange<Duration>) -> Latency {
        Latency(shape: .uniform(least: checked(range.lowerBound), most: checked(range.upperBound)))
    }

    /// Times around a mean, rarer the farther from it: the sum of four even draws, which stays within 3.464 deviations.
    /// - Parameters:
    ///   - deviation: the standard deviation.
    ///   - floor: draws below it become it, which raises the mean when it is less than 3.464 deviations away.
    public static func bell(mean: Duration, deviation: Duration, floor: Duration = .zero) -> Latency {
        Latency(shape: .bell(mean: checked(mean), deviation: checked(deviation), floor: checked(floor)))
    }

    /// Mostly short times and now and then a very long one. Half of the times lie evenly between half the median and
    /// the median; the others between it and its double, and each further doubling keeps a quarter: 1 in 8 is above
    /// twice the median, 1 in 32 above four times, 1 in 2,048 above 32 times. The mean is one and a half medians.
    /// - Parameter longest: draws above it become it; at least the median. Above 65,536 medians it is never reached.
    public static func longTail(median: Duration, longest: Duration) -> Latency {
        precondition(median <= longest, "the longest time is below the median")
        return Latency(shape: .longTail(median: checked(median), longest: checked(longest)))
    }

    private static func checked(_ time: Duration) -> Int64 {
        precondition(allowed.contains(time), "a latency is 0 to 3,600 s")
        return time.wholeMicroseconds * 1_000
    }
}

extension Duration {
    /// The time in microseconds, cut towards zero. For times below 292,000 years.
    var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
