/// One client's allowance of requests: it holds so many, each request takes one, and one comes back every so often
/// (storage-node §12.1).
struct TokenBucket: Sendable, Equatable {
    static let capacity = 600
    /// From one token to the next, in microseconds.
    static let period: Int64 = 3333
    private static let timeToFill: Int64 = period * Int64(capacity)

    private var tokens: Int
    /// When the last token was taken, in microseconds of uptime.
    private var lastTaken: Int64

    /// A full bucket of which the first request has taken its token.
    /// - Parameter now: microseconds of uptime.
    init(firstTakenAt now: Int64) {
        tokens = Self.capacity - 1
        lastTaken = now
    }

    /// - Parameter now: microseconds of uptime.
    private func available(at now: Int64) -> Int {
        let elapsed = min(max(now - lastTaken, 0), Self.timeToFill)
        return min(tokens + Int(elapsed / Self.period), Self.capacity)
    }

    /// Takes a token. What passed of a period until now is lost with it, as in the reference.
    /// - Parameter now: microseconds of uptime.
    /// - Returns: whether there was one.
    mutating func take(at now: Int64) -> Bool {
        let available = available(at: now)
        guard available > 0 else { return false }
        tokens = available - 1
        // Of two requests at once the one that read the clock first may come last.
        lastTaken = max(lastTaken, now)
        return true
    }

    /// When it is full if nothing is taken any more, in microseconds of uptime. Never becomes earlier.
    var fullAt: Int64 { lastTaken + Self.period * Int64(Self.capacity - tokens) }
}
