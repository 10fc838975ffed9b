import NodeRuntime

extension NodeClock {
    /// Waits, and notices whether far more time went by than asked for: the process was held, or the machine slept, and
    /// others went on without it.
    func sleepNoticing(for duration: Duration) async throws -> Bool {
        let start = uptime
        try await sleep(for: duration)
        return uptime - start > duration + .seconds(2)
    }
}
