import Testing

@testable import Scenarios

@Suite struct HabitTests {
    private struct Step {
        let now: Int
        let next: Int
        let leftOut: Int
    }

    @Test("What was done in time is due again one interval after it was due; what is past by then is left out")
    func steps() {
        // Every 60 seconds from 10 on, until 400: 10, 70, 130, 190, 250, 310, 370.
        let rows: [(String, [Step])] = [
            ("at once", [Step(now: 10, next: 70, leftOut: 0), Step(now: 70, next: 130, leftOut: 0)]),
            ("almost too long", [Step(now: 69, next: 70, leftOut: 0)]),
            ("just until the next", [Step(now: 70, next: 70, leftOut: 0)]),
            (
                "longer than the interval",
                [Step(now: 71, next: 130, leftOut: 1), Step(now: 130, next: 190, leftOut: 0)]
            ),
            ("much longer", [Step(now: 260, next: 310, leftOut: 4)]),
            ("beyond the end", [Step(now: 900, next: 430, leftOut: 6)]),
        ]
        for (name, steps) in rows {
            var habit = Habit(first: .seconds(10), every: .seconds(60))
            for step in steps {
                #expect(habit.moveOn(at: .seconds(step.now), until: .seconds(400)) == step.leftOut, "\(name)")
                #expect(habit.next == .seconds(step.next), "\(name)")
            }
        }
    }

    @Test("What something else kept from being done before the end is left out, and counted once")
    func atTheEnd() {
        var habit = Habit(first: .seconds(10), every: .seconds(60))
        #expect(habit.skip(before: .seconds(10)) == 0)
        #expect(habit.skip(before: .seconds(130)) == 2)
        #expect(habit.skip(before: .seconds(130)) == 0)
        #expect(habit.next == .seconds(130))
    }
}
