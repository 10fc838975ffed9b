import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct Live {
        @Test("A held clock lets nobody wake whose time is up, until it is released")
        func heldClock() async throws {
            let clock = LiveClock()
            clock.hold()
            let woken = Counter()
            let sleeper = Task {
                try await clock.sleep(for: .milliseconds(1))
                await woken.add()
            }
            // A second clock that is not held measures a wait ten times as long.
            try await LiveClock().sleep(for: .milliseconds(10))
            #expect(await woken.count == 0)
            clock.release()
            try await sleeper.value
            #expect(await woken.count == 1)
        }

        @Test("Cancelling wakes a sleeper at once, held or not", arguments: [false, true])
        func cancelling(isHeld: Bool) async throws {
            let clock = LiveClock()
            if isHeld { clock.hold() }
            for duration in [Duration.zero, .seconds(3600)] where isHeld || duration > .zero {
                let sleeper = Task { try await clock.sleep(for: duration) }
                sleeper.cancel()
                await #expect(throws: CancellationError.self) { try await sleeper.value }
            }
        }

        @Test("Deadlines come out by time, and equal ones in the order they came")
        func deadlines() {
            var heap = DeadlineHeap<Int>()
            let start = ContinuousClock.now
            let chance = SeededRandomness(seed: 3)
            let times = (0..<500).map { _ in Int(chance.next() % 50) }
            for (index, time) in times.enumerated() { heap.add(index, at: start + .seconds(time)) }
            #expect(heap.takeDue(at: start - .seconds(1)) == nil)
            var order: [Int] = []
            while let index = heap.takeDue(at: start + .seconds(50)) { order.append(index) }
            #expect(order == times.indices.sorted { (times[$0], $0) < (times[$1], $1) })
        }

        @Test("Deadlines that were given up are skipped, wherever they stand, and do not pile up")
        func abandonedDeadlines() {
            final class Wait { var isOver = false }
            var heap = DeadlineHeap<Wait> { $0.isOver }
            let start = ContinuousClock.now
            let kept = Wait()
            heap.add(kept, at: start + .seconds(1))
            let others = (0..<500).map { _ in Wait() }
            for (index, wait) in others.enumerated() { heap.add(wait, at: start + .seconds(2 + index)) }
            // The first one stays, so that only sweeping can get rid of those behind it.
            for wait in others.dropLast() {
                wait.isOver = true
                heap.sweep()
            }
            #expect(heap.count < 150)
            #expect(heap.takeDue(at: start + .seconds(1)) === kept)
            #expect(heap.first == start + .seconds(501))
            #expect(heap.takeDue(at: start + .seconds(500)) == nil)
            #expect(heap.takeDue(at: start + .seconds(501)) === others.last)
            #expect(heap.first == nil)
        }

        @Test("Random bytes come in the number asked for, and not twice the same")
        func randomness() {
            let chance = LiveRandomness()
            for count in [0, 1, 7, 8, 9, 24, 1000] { #expect(chance.bytes(count).count == count) }
            #expect(chance.bytes(32) != chance.bytes(32))
        }
    }
}
