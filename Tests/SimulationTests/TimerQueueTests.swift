import Testing

@testable import Simulation

@Suite struct TimerQueueTests {
    /// The same by the plainest means.
    private struct Model {
        var timers: [(deadline: Int64, number: Int)] = []

        /// Of those with the earliest deadline the one set first.
        mutating func popFirst() -> (deadline: Int64, number: Int)? {
            guard let least = timers.map(\.deadline).min(),
                let place = timers.firstIndex(where: { $0.deadline == least })
            else { return nil }
            return timers.remove(at: place)
        }
    }

    @Test(
        "It does what a sorted list does, whatever is set, cancelled and taken",
        arguments: 1...20 as ClosedRange<UInt64>)
    func model(seed: UInt64) {
        var chance = ChanceStream(seed: seed, purpose: "timers")
        var queue = TimerQueue()
        var model = Model()
        var ids: [TimerQueue.ID] = []
        var fired: [Int] = []
        // Stretches of setting, of cancelling and of taking, so that the queue grows, is swept and runs empty.
        for step in 0..<3_000 {
            let leaning = step / 300 % 3
            let dice = Int.random(in: 0..<10, using: &chance)
            if leaning == 0 ? dice < 7 : dice < 2 {
                let (number, deadline) = (ids.count, Int64.random(in: 0..<50, using: &chance))
                ids.append(queue.set(.call { fired.append(number) }, at: deadline))
                model.timers.append((deadline, number))
            } else if leaning == 1 ? dice < 8 : dice < 4, !ids.isEmpty {
                let number = Int.random(in: ids.indices, using: &chance)
                let wasSet = model.timers.contains { $0.number == number }
                #expect((queue.cancel(ids[number]) != nil) == wasSet)
                model.timers.removeAll { $0.number == number }
            } else {
                let expected = model.popFirst()
                #expect(queue.nextDeadline() == expected?.deadline)
                let taken = queue.popFirst()
                #expect(taken?.deadline == expected?.deadline)
                if case .call(let action) = taken?.action { action() }
                #expect(fired.last == expected?.number || expected == nil)
            }
            #expect(queue.count == model.timers.count)
        }
        #expect(fired.count > 300)
    }
}
