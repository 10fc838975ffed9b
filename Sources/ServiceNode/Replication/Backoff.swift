/// How long to wait from one attempt to the next: a second at first, twice as long each time, never above a limit.
struct Backoff: Sendable {
    private(set) var attempts = 0
    private var delay = Duration.seconds(1)
    /// No wait is longer. Whoever raises it makes the waits go on growing from where they are.
    var longest: Duration

    static let standardLimit = Duration.seconds(30)

    init(longest: Duration = standardLimit) { self.longest = longest }

    mutating func next() -> Duration {
        let wait = min(delay, longest)
        delay = wait * 2
        attempts += 1
        return wait
    }
}
