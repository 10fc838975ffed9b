/// A task that waits for virtual time to pass.
///
/// Unchecked: belongs to the simulation's thread.
final class Sleeper: @unchecked Sendable {
    /// Who waits; a held host's sleepers wake when it is released. `nil` for a task of no host.
    let host: SimulatedHost?
    var timer: TimerQueue.ID?
    /// Whether another one that was due at the same moment has overtaken it. Once is enough: a wake-up must not be put off for
    /// ever.
    var wasOvertaken = false
    /// Resumed with whether the time passed; `false` means the wait was cancelled.
    private var continuation: UnsafeContinuation<Bool, Never>?

    init(host: SimulatedHost?) { self.host = host }

    func suspend(_ continuation: UnsafeContinuation<Bool, Never>) { self.continuation = continuation }

    /// Does nothing the second time, so that a cancelled sleeper of a held host does not wake again on release.
    func wake(passed: Bool) { continuation.take()?.resume(returning: passed) }
}
