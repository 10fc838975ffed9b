/// When the messages of one direction arrive: in order unless told otherwise, and one after the other where bandwidth is
/// short. All times are of the same clock.
public struct LinkSchedule: Sendable, Equatable {
    /// When the last message arrives.
    private var lastArrival = Duration.zero
    /// Until when the wire is taken by bytes already on it.
    private var busyUntil = Duration.zero

    /// A link that carries nothing.
    public init() {}

    /// Puts a message on the link.
    /// - Parameters:
    ///   - size: bytes.
    ///   - departure: when it is handed over.
    ///   - delay: how long it is under way, without what its size costs.
    ///   - bytesPerSecond: what the link carries; `nil` for no limit.
    ///   - mayOvertake: whether it is free of the order of those around it.
    /// - Returns: when it arrives.
    public mutating func arrival(
        size: Int, departing departure: Duration, delay: Duration, bytesPerSecond: Int?, mayOvertake: Bool
    ) -> Duration {
        var departure = departure
        if let bytesPerSecond {
            departure =
                max(departure, busyUntil)
                + LinkProfile.transmissionTime(of: size, bytesPerSecond: bytesPerSecond)
            busyUntil = departure
        }
        if mayOvertake { return departure + delay }
        lastArrival = max(lastArrival, departure + delay)
        return lastArrival
    }

    /// Whether nothing on it can hold up a message sent at `time` or later.
    public func isClear(at time: Duration) -> Bool { lastArrival <= time && busyUntil <= time }
}
