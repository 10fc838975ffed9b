/// A probability as seen in independent trials.
public struct Estimate: Sendable, Equatable {
    /// Trials in which it happened, 0 to ``trials``.
    public let hits: Int
    /// At least 1.
    public let trials: Int

    /// - Parameters:
    ///   - hits: 0 to `trials`.
    ///   - trials: at least 1.
    public init(hits: Int, trials: Int) {
        precondition(trials > 0 && (0...trials).contains(hits), "\(hits) hits in \(trials) trials")
        self.hits = hits
        self.trials = trials
    }

    /// Hits a trial, 0 to 1.
    public var value: Double { Double(hits) / Double(trials) }

    /// Wilson's interval: it contains the probability in 95 % of cases, also when hits are few or none.
    public var interval: ClosedRange<Double> {
        let deviations = 1.959_963_984_540_054
        let count = Double(trials)
        let square = deviations * deviations
        let centre = (value + square / (2 * count)) / (1 + square / count)
        let spread = (value * (1 - value) / count + square / (4 * count * count)).squareRoot()
        let half = deviations / (1 + square / count) * spread
        // At no hits or only hits the bound is the end itself, which rounding may miss.
        let lower = hits == 0 ? 0 : max(0, centre - half)
        let upper = hits == trials ? 1 : min(1, centre + half)
        return lower...upper
    }
}
