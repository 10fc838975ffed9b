import Testing

/// How long a test may work. Counts from when the test's body begins, and for each test alone: a test that waits for its
/// turn, or shares the cores with others, spends nothing meanwhile (``WorkTime``). A test that runs into its limit fails and
/// is cancelled; all others go on.
///
/// The limit of Swift Testing counts from when a test's task is made, and by the clock on the wall: on a busy machine a
/// thousand tests that began together run into it together.
public struct WorkLimit: SuiteTrait, TestTrait, TestScoping {
    public let isRecursive = true
    let limit: Duration
    let turns: Turns

    /// Of a test that has its turn already: a suite inside another one has both limits, and the inner one counts.
    @TaskLocal private static var isAtWork = false

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard !Self.isAtWork else { return try await function() }
        let limit = test.traits.compactMap { ($0 as? Self)?.limit }.last ?? limit
        let turn = await turns.take()
        defer { turn.end() }
        try await withUnsafeCurrentTask { task in
            // The watch ends with this scope, and so before the task that it may cancel.
            nonisolated(unsafe) let task = task
            async let _: Void = Self.watch(limit) {
                turn.end()
                task?.cancel()
            }
            try await Self.$isAtWork.withValue(true) { try await function() }
        }
    }

    private static func watch(_ limit: Duration, whenOver: @Sendable () -> Void) async {
        var spent = WorkTime()
        while spent.total < limit {
            // Fails when the test has ended, and the watch with it.
            guard (try? await Task.sleep(for: WorkTime.tick)) != nil else { return }
            spent.passTick()
        }
        Issue.record("worked for \(limit) without coming to its end")
        whenOver()
    }
}

extension Trait where Self == WorkLimit {
    /// See ``WorkLimit``.
    public static func workLimit(minutes: Int) -> Self { WorkLimit(limit: .seconds(60 * minutes), turns: .shared) }
}
