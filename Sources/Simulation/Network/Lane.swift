import Faults
import SessionProtocol

/// One direction of a link.
struct Lane {
    let from: IPv4Address
    let to: IPv4Address
    /// Its own, so that the order in which different links are used at one moment changes no draw.
    var chance: ChanceStream
    /// When the last message arrives.
    private var lastArrival: Int64 = 0
    /// Until when the wire is taken by bytes already on it.
    private var busyUntil: Int64 = 0

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
        var departure = departure
        if let bandwidth {
            let onTheWire = LinkProfile.transmissionTime(of: size, bytesPerSecond: bandwidth)
            departure = max(departure, busyUntil) + onTheWire.wholeNanoseconds
            busyUntil = departure
        }
        if mayOvertake { return departure + delay }
        lastArrival = max(lastArrival, departure + delay)
        return lastArrival
    }
}
