import NodeRuntime

extension Randomness {
    /// A duration that varies about a mean almost as a normal variate does, never below zero.
    ///
    /// The sum of twelve uniform numbers (Irwin–Hall): its mean and deviation are exact, it never strays more than six
    /// deviations, and it takes no logarithm, which machines round differently. Three draws give the twelve, 16 bits
    /// each.
    func normal(mean: Duration, deviation: Duration) -> Duration {
        var sum = 0
        for _ in 0..<3 {
            var bits = next()
            for _ in 0..<4 {
                sum += Int(bits & 0xffff)
                bits >>= 16
            }
        }
        // Twelve of them have a mean of 12 × 65,535 / 2 and a deviation of 65,536, to one part in 10^9.
        return max(.zero, mean + deviation * (sum - 393_210) / 65_536)
    }
}
