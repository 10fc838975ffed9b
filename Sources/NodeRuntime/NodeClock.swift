/// Time as one node or client sees it. The only source of "now" and of waiting inside node code.
public protocol NodeClock: Sendable {
    /// Milliseconds since the Unix epoch. May jump: never subtract two readings.
    var wallMilliseconds: Int64 { get }
    /// Time since an arbitrary start; never jumps, so differences are durations.
    var uptime: Duration { get }
    /// Suspends for `duration` of this clock's time. Throws only `CancellationError`.
    func sleep(for duration: Duration) async throws
}

extension NodeClock {
    /// Runs `body`, and gives it up after `limit` of this clock's time.
    ///
    /// - Returns: `nil` when time ran out first. `body` is cancelled then, and this waits until it has ended, so `body` must
    ///   react to cancellation.
    public func within<Value: Sendable>(
        _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await self.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
