import Faults
import SessionProtocol

/// One direction of a link.
struct Lane {
    let from: IPv4Address
    let to: IPv4Address
    /// Its own, so that the order in which different links are used at one moment changes no draw.
    var chance: ChanceStream
    private var schedule = LinkSchedule()

    init(from: IPv4Address, to: IPv4Address, chance: ChanceStream) {
        self.from = from
        self.to = to
        self.chance = chance
    }

    /// When a message arrives that is handed over at `departure`, in nanoseconds.
    /// - Parameters:
    ///   - bandwidth: bytes per second; `nil` for no limit.
    ///   - mayOvertake: whether it is free of the order of those around it.
    mutating func arrival(
        size: Int, departing departure: Int64, delay: Int64, bandwidth: Int?, mayOvertake: Bool
    ) -> Int64 {
        schedule.arrival(
            size: size, departing: .nanoseconds(departure), delay: .nanoseconds(delay), bytesPerSecond: bandwidth,
            mayOvertake: mayOvertake
        ).wholeNanoseconds
    }
}
