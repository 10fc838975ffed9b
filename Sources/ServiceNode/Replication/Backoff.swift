/// How long to wait from one attempt to the next: a second at first, twice as long each time, never above a limit.
struct Backoff: Sendable {
    private(set) var attempts = 0
    private var delay = Duration.seconds(1)
    private let longest: Duration

    init(longest: Duration = .seconds(30)) { self.longest = longest }

    mutating func next() -> Duration {
        defer { delay = min(delay * 2, longest) }
        attempts += 1
        return delay
    }
}
