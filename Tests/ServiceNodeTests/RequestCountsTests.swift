import NodeRuntime
import Testing

@testable import ServiceNode

/// Requests of about the last hour (storage-node §12.6).
struct RequestCountsTests {
    @Test("Recent are the current ten minutes and the six windows before them; the total forgets nothing")
    func windows() {
        var counts = RequestCounts(start: .seconds(50))
        // One in each window, two in the first.
        counts.count(.store, at: .seconds(50))
        for window in 0...8 { counts.count(.store, at: .seconds(50 + 600 * window + 599)) }
        func recent(_ seconds: Int) -> UInt64 { counts.recent(.store, at: .seconds(50 + seconds)) }
        #expect(recent(8 * 600 + 599) == 7)
        #expect(recent(9 * 600) == 6)
        #expect(recent(14 * 600 + 599) == 1)
        #expect(recent(15 * 600) == 0)
        #expect(counts.total(.store) == 10)
        #expect(counts.total(.retrieve) == 0)
    }

    @Test("Counting long after the last request begins a window of its own, and old ones do not pile up")
    func gaps() {
        var counts = RequestCounts(start: .zero)
        for hour in 0..<100 {
            counts.count(.onion, at: .seconds(3600 * 2 * hour))
            counts.count(.proxy, at: .seconds(3600 * 2 * hour + 1))
        }
        let now = Duration.seconds(3600 * 198 + 2)
        #expect(counts.recent(.onion, at: now) == 1)
        #expect(counts.recent(.proxy, at: now) == 1)
        #expect(counts.total(.onion) == 100)
    }

    @Test(
        "The time covered is that since the start, later an hour and up to ten minutes",
        arguments: [(0, 0), (599, 599), (4199, 4199), (4200, 3600), (4799, 4199), (4800, 3600), (36_123, 3723)])
    func time(uptime: Int, covered: Int) {
        let counts = RequestCounts(start: .seconds(7))
        #expect(counts.recentTime(at: .seconds(7 + uptime)) == .seconds(covered))
    }
}
