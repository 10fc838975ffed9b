import Testing

@testable import Faults

@Suite struct LinkScheduleTests {
    private static let second = Duration.seconds(1)

    @Test("Messages arrive in the order they were sent, but for those that may overtake")
    func order() {
        var link = LinkSchedule()
        func arrival(_ departure: Int, delay: Int, overtaking: Bool = false) -> Duration {
            link.arrival(
                size: 1_000, departing: .seconds(departure), delay: .seconds(delay), bytesPerSecond: nil,
                mayOvertake: overtaking)
        }
        #expect(arrival(0, delay: 5) == .seconds(5))
        #expect(arrival(1, delay: 1) == .seconds(5))
        #expect(arrival(1, delay: 1, overtaking: true) == .seconds(2))
        #expect(arrival(1, delay: 9, overtaking: true) == .seconds(10))
        #expect(arrival(6, delay: 0) == .seconds(6))
    }

    @Test("A narrow link carries one message after the other, and its delay comes on top")
    func bandwidth() {
        var link = LinkSchedule()
        func arrival(_ departure: Duration, size: Int, overtaking: Bool = false) -> Duration {
            link.arrival(
                size: size, departing: departure, delay: Self.second, bytesPerSecond: 1_000, mayOvertake: overtaking)
        }
        #expect(arrival(.zero, size: 2_000) == .seconds(3))
        #expect(arrival(.zero, size: 1_000) == .seconds(4))
        // Free of the order, yet on the same wire.
        #expect(arrival(.zero, size: 1_000, overtaking: true) == .seconds(5))
        #expect(arrival(.seconds(10), size: 1_000) == .seconds(12))
    }

    @Test("A link is clear once nothing on it can hold up a message")
    func clear() {
        var link = LinkSchedule()
        #expect(link.isClear(at: .zero))
        _ = link.arrival(size: 1_000, departing: .zero, delay: .zero, bytesPerSecond: 1_000, mayOvertake: true)
        #expect(!link.isClear(at: .milliseconds(999)))
        #expect(link.isClear(at: Self.second))
        _ = link.arrival(size: 0, departing: Self.second, delay: Self.second, bytesPerSecond: nil, mayOvertake: false)
        #expect(!link.isClear(at: .milliseconds(1_999)))
        #expect(link.isClear(at: .seconds(2)))
    }
}
