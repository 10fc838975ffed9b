/// What a link is like while nothing is wrong with it, one direction.
public struct LinkProfile: Sendable, Equatable {
    /// How long a message of no size is under way.
    public var latency: Latency
    /// Bytes per second; `nil` when size costs no time.
    public var bandwidth: Int?
    /// What a new connection costs before its first message.
    public var connectionRoundTrips: ConnectionRoundTrips

    /// - Parameter bandwidth: at least 1.
    public init(
        latency: Latency, bandwidth: Int? = nil, connectionRoundTrips: ConnectionRoundTrips = ConnectionRoundTrips()
    ) {
        if let bandwidth { precondition(bandwidth >= 1, "a link carries at least a byte per second") }
        self.latency = latency
        self.bandwidth = bandwidth
        self.connectionRoundTrips = connectionRoundTrips
    }

    /// Round trips before a new connection carries its first message.
    public struct ConnectionRoundTrips: Sendable, Equatable {
        /// The message queue: one for TCP, two for the CURVE handshake.
        public var queue: Int
        /// HTTPS: one for TCP, two for TLS.
        public var http: Int

        /// Numbers of round trips, at least 0.
        public init(queue: Int = 3, http: Int = 3) {
            self.queue = queue
            self.http = http
        }
    }

    /// Two processes on one machine: 50 µs, any size.
    public static let loopback = LinkProfile(latency: .fixed(.microseconds(50)))

    /// Machines on one switch: 0.3 to 1 ms, evenly, and 125 MB/s (1 Gbit/s).
    public static let lan = LinkProfile(
        latency: .uniform(.microseconds(300) ... .milliseconds(1)), bandwidth: 125_000_000)

    /// Servers in different places: a bell around 40 ms with a deviation of 10 ms and a floor of 5 ms, which is 5.4 to
    /// 74.6 ms, and 12.5 MB/s (100 Mbit/s).
    public static let internet = LinkProfile(
        latency: .bell(mean: .milliseconds(40), deviation: .milliseconds(10), floor: .milliseconds(5)),
        bandwidth: 12_500_000)

    /// How long `size` bytes take to be put on a link, in nanoseconds rounded up.
    /// - Parameters:
    ///   - size: bytes, at least 0.
    ///   - bytesPerSecond: at least 1.
    public static func transmissionTime(of size: Int, bytesPerSecond: Int) -> Duration {
        precondition(size >= 0 && bytesPerSecond >= 1, "a size is not negative and a bandwidth at least 1")
        let (seconds, rest) = size.quotientAndRemainder(dividingBy: bytesPerSecond)
        // The rest is below the divisor, so the quotient is below 10^9 though the product may need 128 bits.
        let (quotient, remainder) = bytesPerSecond.dividingFullWidth(rest.multipliedFullWidth(by: 1_000_000_000))
        return .seconds(seconds) + .nanoseconds(quotient + (remainder > 0 ? 1 : 0))
    }
}
