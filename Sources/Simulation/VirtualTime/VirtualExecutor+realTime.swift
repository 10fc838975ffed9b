@_spi(ExperimentalScheduling) import _Concurrency

/// `Task.sleep` and real clocks ask the executor to wait for real time; a simulation has none.
extension VirtualExecutor: SchedulingExecutor {
    func enqueue<C: Clock>(
        _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) {
        trapRealTime()
    }

    func enqueue<C: Clock>(
        _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
    ) {
        trapRealTime()
    }

    private func trapRealTime() -> Never {
        fatalError(
            "a task of the simulation waits for real time, so the run cannot be repeated: use the clock of the "
                + "environment in place of Task.sleep")
    }
}
