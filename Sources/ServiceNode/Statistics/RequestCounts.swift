/// Counts requests, since the start and over about the last hour (storage-node §12.6). Pure: no clock.
struct RequestCounts: Sendable {
    /// A window of the last hour.
    static let windowLength = Duration.seconds(600)
    /// Windows that are kept beside the current one.
    static let keptWindows: Int64 = 6

    private struct Window {
        /// Counted from the start; 0 is the first.
        var number: Int64
        var counts: [CountedRequest: UInt64] = [:]
    }

    private let start: Duration
    private var totals: [CountedRequest: UInt64] = [:]
    /// Those in which something was counted, in ascending order.
    private var windows: [Window] = []

    /// - Parameter start: when counting began, as an uptime.
    init(start: Duration) { self.start = start }

    mutating func count(_ request: CountedRequest, at now: Duration) {
        totals[request, default: 0] += 1
        let number = window(at: now)
        if windows.last?.number != number {
            windows.removeAll { $0.number < number - Self.keptWindows }
            windows.append(Window(number: number))
        }
        windows[windows.count - 1].counts[request, default: 0] += 1
    }

    /// Since the start.
    func total(_ request: CountedRequest) -> UInt64 { totals[request, default: 0] }

    /// In the current window and the six before it.
    func recent(_ request: CountedRequest, at now: Duration) -> UInt64 {
        let oldest = window(at: now) - Self.keptWindows
        return windows.reduce(0) { $1.number >= oldest ? $0 + $1.counts[request, default: 0] : $0 }
    }

    /// How much time ``recent(_:at:)`` covers: between an hour and an hour and ten minutes, or less after a start.
    func recentTime(at now: Duration) -> Duration {
        let oldest = max(0, window(at: now) - Self.keptWindows)
        return now - start - Self.windowLength * Int(oldest)
    }

    private func window(at now: Duration) -> Int64 {
        (now - start).components.seconds / Self.windowLength.components.seconds
    }
}
