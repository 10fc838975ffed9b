import Glibc
import NodeRuntime

/// The machine's clocks.
public final class LiveClock: NodeClock {
    private let start = ContinuousClock.now
    private let gate = Gate()

    /// A clock that is not held and whose uptime starts now.
    public init() {}

    /// The system's real-time clock.
    public var wallMilliseconds: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Since this value was made.
    public var uptime: Duration { start.duration(to: .now) }

    /// Throws only `CancellationError`; returns no earlier than ``release()`` while held.
    public func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration, clock: .continuous)
        try await gate.pass()
    }

    /// Sleepers whose time is up stay asleep, as those of a stopped process do. Time itself goes on.
    public func hold() { gate.shut() }

    /// Ends ``hold()``: sleepers whose time is up wake now.
    public func release() { gate.open() }
}
