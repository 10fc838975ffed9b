/// The outcome of a judgement. What was not seen is never taken as good.
public enum Verdict: String, Sendable, CaseIterable {
    case holds
    case violated
    /// Nothing bad was seen, but not everything was.
    case inconclusive

    /// What the process exits with: 0, 1 or 2.
    public var exitCode: Int32 {
        switch self {
        case .holds: 0
        case .violated: 1
        case .inconclusive: 2
        }
    }

    /// One verdict for many: a violation outweighs a doubt, a doubt outweighs any number of good findings, and nothing judged is a doubt.
    public static func combining(_ verdicts: some Sequence<Verdict>) -> Verdict {
        let verdicts = Set(verdicts)
        if verdicts.contains(.violated) { return .violated }
        return verdicts == [.holds] ? .holds : .inconclusive
    }
}
