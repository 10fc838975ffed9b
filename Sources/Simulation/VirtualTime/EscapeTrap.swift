import CHost

/// Ends the process when a task of a simulation leaves for the runtime's own threads, as a plain task does: what it did
/// there would depend on the machine's load.
///
/// The runtime asks a hook for every job it is about to run on its own threads. Jobs that other threads start pass untouched, so
/// the rest of the process is not disturbed. Actors with executors of their own, the main actor among them, are not asked about;
/// their way back ends in ``VirtualExecutor/enqueue(_:)``.
enum EscapeTrap {
    private typealias Enqueue = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Enqueue) -> Void

    /// Whoever had the hook before is still asked. Unchecked: set once, before the hook that reads it.
    nonisolated(unsafe) private static var former: Hook?

    private static let setUp: Void = {
        let hook = chost_enqueue_hook().assumingMemoryBound(to: Hook?.self)
        former = hook.pointee
        // A word in one piece, which other threads may read meanwhile: they see the old hook or the new one.
        hook.pointee = { job, enqueue in
            if SimulationThread.current != 0 {
                fatalError(
                    "a task left the simulation, so the run cannot be repeated: it was started as a plain or detached "
                        + "task, or it uses an actor outside virtual time; start it in a task group, or with the "
                        + "simulation's spawn")
            }
            if let former { former(job, enqueue) } else { enqueue(job) }
        }
    }()

    /// Guards every simulation of the process from now on.
    static func install() { setUp }
}
