import CHost

/// The one thread on which a simulation runs.
enum SimulationThread {
    /// Recursion through JSON and onions is shallow, but frames of a debug build are large.
    private static let stackBytes = 16 << 20

    /// What the calling thread runs; 0 for a thread of no simulation.
    static var current: UInt { chost_thread_word() }

    /// Whether the calling thread runs `executor`.
    static func isCurrent(_ executor: VirtualExecutor) -> Bool { chost_thread_word() == word(of: executor) }

    /// Makes the calling thread run `executor`'s jobs, until ``leave()``.
    static func enter(_ executor: VirtualExecutor) {
        EscapeTrap.install()
        chost_set_thread_word(word(of: executor))
    }

    static func leave() { chost_set_thread_word(0) }

    private static func word(of executor: VirtualExecutor) -> UInt {
        UInt(bitPattern: Unmanaged.passUnretained(executor).toOpaque())
    }

    /// Starts a thread that runs `body` once.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(run: body))
        let result = chost_start_thread(
            stackBytes,
            { argument in
                guard let argument else { return }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
            }, box.toOpaque())
        precondition(result == 0, "the system gives no thread for a simulation: error \(result)")
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
