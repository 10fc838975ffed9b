import Testing

@testable import Orchestrator
@testable import testnet

@Suite struct ReadinessLinesTests {
    /// A network that becomes ready, a node at a time, its rungs not in their order.
    private static let climb: [RungProgress] =
        [RungProgress(rung: .ledger, done: 1, of: 1, milliseconds: 12)]
        + (1...100).flatMap { count in
            [Rung.registered, .nodesAnswering, .proofs].map {
                RungProgress(rung: $0, done: count, of: 100, milliseconds: count == 100 ? 1_230 : nil)
            }
        } + [
            RungProgress(rung: .pathsBuilt, done: 1, of: 2),
            RungProgress(rung: .pathsBuilt, done: 2, of: 2, milliseconds: 3_456),
        ]

    private static let reached = [
        "ok  ledger  0.01 s", "ok  registered 100/100  1.23 s", "ok  nodes answering 100/100  1.23 s",
        "ok  proofs 100/100  1.23 s", "ok  paths built 2/2  3.46 s",
    ]

    @Test(
        "Whatever the terminal's size, each rung that was reached stands there once, whole, and nothing else is left",
        arguments: [(80, 24), (200, 50), (36, 24), (80, 3), (80, 2), (36, 2), (200, 1)])
    func sizes(columns: Int, rows: Int) {
        var lines = ReadinessLines(isLive: true)
        var screen = ScreenOfText(columns: columns, rows: rows)
        for progress in Self.climb {
            screen.write(lines.text(after: progress, on: TerminalSize(columns: columns, rows: rows)))
        }
        #expect(screen.scrolled + screen.shown.dropLast() == Self.reached)
        #expect(screen.shown.last == "")
    }

    @Test(
        "On a terminal narrower than any line, what is under way is cut, and leaves nothing behind",
        arguments: [2, 5, 20])
    func narrow(columns: Int) {
        var lines = ReadinessLines(isLive: true)
        var screen = ScreenOfText(columns: columns, rows: 24)
        for progress in Self.climb {
            screen.write(lines.text(after: progress, on: TerminalSize(columns: columns, rows: 24)))
        }
        #expect((screen.scrolled + screen.shown).joined() == Self.reached.joined())
    }

    @Test("While it is under way, one line below what was reached tells of all that has begun")
    func underWay() {
        var lines = ReadinessLines(isLive: true)
        var screen = ScreenOfText(columns: 80, rows: 24)
        for progress in Self.climb.prefix(8) {
            screen.write(lines.text(after: progress, on: TerminalSize(columns: 80, rows: 24)))
        }
        #expect(
            screen.shown == [
                "ok  ledger  0.01 s", "... nodes answering 2/100 · registered 3/100 · proofs 2/100", "",
            ])
    }

    @Test("Where nobody watches, or the terminal does not tell its size, there is a plain line for each rung")
    func plain() {
        for isLive in [true, false] {
            var lines = ReadinessLines(isLive: isLive)
            let size = isLive ? nil : TerminalSize(columns: 80, rows: 24)
            let text = Self.climb.map { lines.text(after: $0, on: size) }.joined()
            #expect(text == Self.reached.map { $0 + "\n" }.joined())
        }
    }
}
