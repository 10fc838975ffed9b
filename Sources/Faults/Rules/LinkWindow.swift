/// When a rule is in force: from a time on, until just before another. Cut to whole microseconds.
public struct LinkWindow: Sendable, Hashable {
    /// The first moment, counted as ``Envelope/at`` is.
    public let from: Duration
    /// The first moment after; `nil` when it never ends.
    public let until: Duration?

    /// What both times may be: nothing up to ten years.
    public static let allowed = Duration.zero...Duration.seconds(315_360_000)

    /// From the start, without end.
    public static let always = LinkWindow()

    /// - Parameters:
    ///   - from: within ``allowed``.
    ///   - until: later than `from`, and within ``allowed``. Anything else is a mistake in the program and ends it.
    public init(from: Duration = .zero, until: Duration? = nil) {
        precondition(Self.allowed.contains(from), "a window starts at 0 s to ten years")
        self.from = .microseconds(from.wholeMicroseconds)
        self.until = until.map { .microseconds($0.wholeMicroseconds) }
        if let until = self.until {
            precondition(self.from < until && until <= Self.allowed.upperBound, "a window ends after it starts")
        }
    }

    /// Whether the rule is in force at a time.
    public func contains(_ time: Duration) -> Bool {
        if let until, time >= until { return false }
        return time >= from
    }
}
