import Faults
import NodeRuntime
import SessionProtocol
import Synchronization

/// What a simulation is a function of, beside the code.
public struct SimulationSettings: Sendable {
    /// Every draw of chance of the network, the disks and the scheduler derives from it.
    public var seed: UInt64
    /// Milliseconds since the Unix epoch at which virtual time begins: 2026-01-01 unless given.
    public var epoch: Int64
    /// How links behave where no rule says otherwise.
    public var profile: LinkProfile
    /// How often the simulation misbehaves a little.
    public var mischief: Mischief
    /// Virtual time after which an unfinished run is stuck.
    public var limit: Duration
    /// Runs around every task of the simulation, so that a caller can bind task-local values for all of them.
    public var surround: @Sendable (@escaping @Sendable () async throws -> Void) async throws -> Void = {
        try await $0()
    }

    public init(
        seed: UInt64, epoch: Int64 = 1_767_225_600_000, profile: LinkProfile = .lan, mischief: Mischief = .rare,
        limit: Duration = .seconds(100 * 86_400)
    ) {
        self.seed = seed
        self.epoch = epoch
        self.profile = profile
        self.mischief = mischief
        self.limit = limit
    }
}

/// One world in virtual time: a network, disks and clocks that depend on nothing but a seed.
public final class Simulation: Sendable {
    public let settings: SimulationSettings
    let executor: VirtualExecutor
    public let network: SimulatedNetwork
    private let calendar: SimulatedCalendar

    private init(_ settings: SimulationSettings) {
        self.settings = settings
        executor = VirtualExecutor(surround: settings.surround)
        calendar = SimulatedCalendar(epoch: settings.epoch)
        network = SimulatedNetwork(
            executor: executor, seed: settings.seed, profile: settings.profile, mischief: settings.mischief)
    }

    /// A clock of no host in particular, as whoever drives the run reads it.
    public var clock: SimulatedClock { clock(of: nil) }

    /// - Parameter host: whose clock it is; it stands while the host is held.
    public func clock(of host: SimulatedHost?) -> SimulatedClock {
        SimulatedClock(executor: executor, host: host, calendar: calendar)
    }

    /// Puts the wall clock of every host, and of whoever drives the run, ahead at once, as if everybody had slept. No timer
    /// fires earlier for it: time since the start goes on as before.
    /// - Parameter time: not negative; fractions of a millisecond are dropped.
    public func advanceWallClocks(by time: Duration) {
        precondition(time >= .zero, "time does not run backwards")
        calendar.epoch += time.wholeNanoseconds / 1_000_000
    }

    /// A clock whose wall time ``advanceWallClocks(by:)`` leaves as it is, for whoever keeps account of what was left out.
    public func steadyClock(of host: SimulatedHost?) -> SimulatedClock {
        SimulatedClock(executor: executor, host: host, calendar: SimulatedCalendar(epoch: settings.epoch))
    }

    /// Starts a task from within another one of the simulation, where a plain task would leave it.
    @discardableResult
    public func spawn<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Task<Value, any Error> {
        executor.spawn(body)
    }

    /// Steps that ran so far.
    public var steps: UInt64 { executor.jobsRun }

    /// Virtual time since the start.
    public var uptime: Duration { executor.uptime }

    /// Runs `body` and every task it starts on one thread, in virtual time, and returns when `body` does. Tasks that are left
    /// then do not go on.
    ///
    /// - Throws: what `body` throws; ``SimulationStuck`` when nothing can happen any more, or when the limit of virtual time is
    ///   passed, while `body` still waits. It is cancelled then, and may tidy up. Cancelling the caller cancels `body`.
    public static func run<Value: Sendable>(
        _ settings: SimulationSettings, _ body: @escaping @Sendable (Simulation) async throws -> Value
    ) async throws -> Value {
        let isCancelled = Atomic(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                SimulationThread.start {
                    let result = runHere(settings, isCancelled: { isCancelled.load(ordering: .relaxed) }, body)
                    continuation.resume(with: result)
                }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
    }

    /// Runs on the calling thread.
    private static func runHere<Value: Sendable>(
        _ settings: SimulationSettings, isCancelled: @escaping () -> Bool,
        _ body: @escaping @Sendable (Simulation) async throws -> Value
    ) -> Result<Value, any Error> {
        let simulation = Simulation(settings)
        let executor = simulation.executor
        SimulationThread.enter(executor)
        defer {
            executor.end()
            simulation.network.end()
            SimulationThread.leave()
        }
        let outcome = Outcome<Value>()
        let root = executor.start {
            do {
                outcome.give(.success(try await body(simulation)))
            } catch {
                outcome.give(.failure(error))
            }
        }
        var wasCancelled = false
        let stop = executor.run(limit: settings.limit.wholeNanoseconds) {
            if !wasCancelled, isCancelled() {
                wasCancelled = true
                root.cancel()
            }
            return outcome.isGiven
        }
        if let result = outcome.result { return result }
        let stuck = SimulationStuck(simulation, ranOutOfTime: stop == .outOfTime)
        root.cancel()
        _ = executor.run(limit: executor.now + tidyingTime, jobs: tidyingJobs) { outcome.isGiven }
        return .failure(stuck)
    }

    /// What a stuck body gets to tidy up: nanoseconds of virtual time, and jobs, because a task that ignores its cancellation
    /// may never come to an end.
    private static let tidyingTime: Int64 = 3_600_000_000_000
    private static let tidyingJobs: UInt64 = 100_000

    /// Unchecked: only the simulation's thread touches it.
    private final class Outcome<Value>: @unchecked Sendable {
        private(set) var result: Result<Value, any Error>?
        private(set) var isGiven = false

        func give(_ result: Result<Value, any Error>) {
            self.result = result
            isGiven = true
        }
    }
}

/// A run that did not come to its end: either nothing could happen any more, or it took too long.
public struct SimulationStuck: Error, Equatable, CustomStringConvertible {
    /// Virtual time since the start.
    public let at: Duration
    public let ranOutOfTime: Bool
    /// One line for each who waits, and for what.
    public let waiting: [String]

    init(_ simulation: Simulation, ranOutOfTime: Bool) {
        at = simulation.executor.uptime
        self.ranOutOfTime = ranOutOfTime
        let sleepers = simulation.executor.sleepers.map { deadline, sleeper in
            "\(sleeper.host?.name ?? "the run") sleeps until \(Duration.nanoseconds(deadline).exactText)"
        }
        waiting = simulation.network.waiting + sleepers
    }

    public var description: String {
        let most = 20
        let end =
            ranOutOfTime
            ? "the simulation passed its limit of virtual time at \(at.exactText)"
            : "the simulation is stuck at \(at.exactText): nothing can happen any more"
        let shown = waiting.prefix(most).map { "  \($0)" }
        let rest = waiting.count > most ? ["  and \(waiting.count - most) more"] : []
        return ([waiting.isEmpty ? "\(end), and nobody says what it waits for" : "\(end); waiting:"] + shown + rest)
            .joined(separator: "\n")
    }
}

extension Duration {
    /// Seconds to the nanosecond, where the standard library's text rounds.
    fileprivate var exactText: String {
        let (seconds, rest) = wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return "\(seconds)." + String(String(1_000_000_000 + rest).dropFirst()) + " s"
    }
}
