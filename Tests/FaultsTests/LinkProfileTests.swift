import Faults
import Testing

@Suite struct LinkProfileTests {
    @Test(
        "The presets have the figures they are described with",
        arguments: [
            (LinkProfile.loopback, Duration.microseconds(50), Duration.microseconds(50)),
            (.lan, .microseconds(300), .milliseconds(1)),
            (.internet, .microseconds(5_360), .microseconds(74_641)),
        ])
    func presets(profile: LinkProfile, shortest: Duration, longest: Duration) {
        let bounds = profile.latency.bounds
        #expect(abs(bounds.lowerBound - shortest) < .microseconds(1), "\(bounds)")
        #expect(abs(bounds.upperBound - longest) < .microseconds(1), "\(bounds)")
        #expect(profile.connectionRoundTrips == .init(queue: 3, http: 3))
    }

    private func abs(_ time: Duration) -> Duration { time < .zero ? .zero - time : time }

    @Test(
        "Size over bandwidth is exact, rounded up to a nanosecond, and never overflows",
        arguments: [
            (0, 1, Duration.zero), (1, 1, .seconds(1)), (1_500, 125_000_000, .microseconds(12)),
            (1, 3, .nanoseconds(333_333_334)), (2, 3, .nanoseconds(666_666_667)), (7, 2, .milliseconds(3_500)),
            (10_000_000, 12_500_000, .milliseconds(800)), (1, Int.max, .nanoseconds(1)),
            (Int.max - 1, Int.max, .seconds(1)), (Int.max, 1, .seconds(Int.max)),
        ])
    func transmission(size: Int, bytesPerSecond: Int, expected: Duration) {
        #expect(LinkProfile.transmissionTime(of: size, bytesPerSecond: bytesPerSecond) == expected)
    }
}
