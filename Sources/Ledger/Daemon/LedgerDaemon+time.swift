import NodeRuntime

/// The ledger's time: that of the world's clock, and what the chain was moved on ahead of it.
extension LedgerDaemon {
    /// Since an arbitrary start; what ages of proofs, pings and reports are measured by.
    var now: Duration { environment.clock.uptime + timeOffset }

    /// Seconds since the Unix epoch.
    var timestamp: Int64 {
        let ahead = timeOffset.components
        return (environment.clock.wallMilliseconds + ahead.seconds * 1_000 + ahead.attoseconds / 1_000_000_000_000_000)
            / 1_000
    }
}
