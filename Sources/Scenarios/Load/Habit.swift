/// Something that a client does at a fixed interval. What it could not do in time it leaves out; it never catches up.
struct Habit: Equatable {
    /// When it is due, on the run's clock.
    private(set) var next: Duration
    private let interval: Duration

    init(first: Duration, every interval: Duration) {
        next = first
        self.interval = interval
    }

    /// What is due now is done.
    ///
    /// - Parameters:
    ///   - now: when it was, at or after ``next``.
    ///   - end: nothing is due from then on.
    /// - Returns: how many times were left out because they were past by then.
    mutating func moveOn(at now: Duration, until end: Duration) -> Int {
        next += interval
        return skip(before: min(now, end))
    }

    /// Leaves out all that is due before a time.
    /// - Returns: how many times that is.
    mutating func skip(before time: Duration) -> Int {
        var skipped = 0
        while next < time {
            next += interval
            skipped += 1
        }
        return skipped
    }
}
