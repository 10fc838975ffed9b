import Faults
import NodeRuntime

/// Virtual time as one host of a simulation sees it.
public struct SimulatedClock: NodeClock {
    private let executor: VirtualExecutor
    private let host: SimulatedHost?
    private let calendar: SimulatedCalendar

    init(executor: VirtualExecutor, host: SimulatedHost?, calendar: SimulatedCalendar) {
        self.executor = executor
        self.host = host
        self.calendar = calendar
    }

    public var wallMilliseconds: Int64 { calendar.epoch + executor.now / 1_000_000 }
    public var uptime: Duration { executor.uptime }

    public func sleep(for duration: Duration) async throws {
        var delay = duration.wholeNanoseconds
        // Clocks that differ a little wake some sleepers before their time.
        if let host, host.mischief.happens(.earlyTimer) { delay -= delay / 100 }
        try await executor.sleep(for: delay, host: host)
    }
}

/// What day it is in a simulation, for all its hosts.
///
/// Unchecked: belongs to the simulation's thread.
final class SimulatedCalendar: @unchecked Sendable {
    /// Milliseconds since the Unix epoch at which virtual time would have begun, had no time been left out.
    var epoch: Int64

    init(epoch: Int64) { self.epoch = epoch }
}

extension Duration {
    /// Rounded towards zero; the longest and shortest waits stand for everything beyond 146 years.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let limit: Int64 = 1 << 62
        guard seconds.magnitude < UInt64(limit) / 1_000_000_000 else { return seconds < 0 ? -limit : limit }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
