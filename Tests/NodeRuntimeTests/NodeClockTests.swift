import ManualTime
import NodeRuntime
import Synchronization
import Testing
import TimeLimits

/// A time limit in a clock's own time.
@Suite(.workLimit(minutes: 1)) struct NodeClockTests {
    private struct Broken: Error {}

    @Test("Work that ends in time gives its value, and leaves nobody sleeping")
    func inTime() async throws {
        let clock = TestClock()
        #expect(try await clock.within(.seconds(5)) { 42 } == 42)
    }

    @Test("Work that fails in time passes its own error on")
    func failure() async {
        let clock = TestClock()
        await #expect(throws: Broken.self) { try await clock.within(.seconds(5)) { throw Broken() } as Int? }
    }

    @Test("Work that takes too long is cancelled exactly when time runs out, and gives nothing")
    func tooLong() async throws {
        let clock = TestClock()
        let wasCancelled = Mutex(false)
        async let outcome = clock.within(.seconds(5)) {
            do {
                try await clock.sleep(for: .seconds(60))
            } catch {
                wasCancelled.withLock { $0 = true }
                throw error
            }
            return 1
        }
        await clock.untilSomeoneSleeps(until: .seconds(5))
        await clock.untilSomeoneSleeps(until: .seconds(60))
        clock.advance(by: .milliseconds(4_999))
        #expect(!wasCancelled.withLock { $0 })
        clock.advance(by: .milliseconds(1))
        #expect(try await outcome == nil)
        #expect(wasCancelled.withLock { $0 })
    }

    @Test("Cancelling the caller ends the wait with a cancellation, not with a time-out")
    func cancelled() async throws {
        let clock = TestClock()
        let waiting = Task {
            try await clock.within(.seconds(5)) {
                try await clock.sleep(for: .seconds(60))
                return 1
            }
        }
        await clock.untilSomeoneSleeps(until: .seconds(5))
        await clock.untilSomeoneSleeps(until: .seconds(60))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
