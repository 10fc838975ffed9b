import Foundation
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization

/// Why the network did not become ready.
public enum ReadinessError: Error, CustomStringConvertible {
    /// A node ended; the text carries its last log lines.
    case nodeEnded(name: String, reason: String, lastLines: [String])
    /// A node ended, or could not start, because it cannot write what it must keep: no fault of the network.
    case nodeCannotWrite(name: String, reason: String)
    case timedOut(after: Duration, waitingFor: RungProgress, missing: [String])

    public var description: String {
        switch self {
        case .nodeEnded(let name, let reason, let lines):
            (["node \(name) ended: \(reason)"] + lines.map { "  \(name) | \($0)" }).joined(separator: "\n")
        case .nodeCannotWrite(let name, let reason): "node \(name) cannot keep its messages: \(reason)"
        case .timedOut(let limit, let progress, let missing):
            "not ready after \(limit): waiting for \(progress.rung.title), have \(progress.done) of \(progress.of)"
                + (missing.isEmpty ? "" : "; missing \(Self.few(missing))")
        }
    }

    /// The first of many names: a line must stay one.
    private static func few(_ names: [String]) -> String {
        let most = 8
        let shown = names.prefix(most).joined(separator: " ")
        return names.count > most ? "\(shown) and \(names.count - most) more" : shown
    }
}

/// Lets several parties wait for rungs of one ladder, woken by the event log.
final class ReadinessWatch: Sendable {
    private struct State {
        var ladder: ReadinessLadder
        var reached: [Rung: Int64] = [:]
        var failure: (node: String, error: ReadinessError)?
        /// Nodes whose disk is to blame if they end, and why.
        var troubles: [String: String] = [:]
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }
    private struct Waiter {
        let rung: Rung
        let continuation: CheckedContinuation<Void, any Error>
    }
    private let state: Mutex<State>
    private let elapsed: @Sendable () -> Int64
    private let directory: RunDirectory
    private let events: any EventLog
    private let report: @Sendable (RungProgress) -> Void

    /// - Parameters:
    ///   - elapsed: milliseconds since the process started; in a simulation, of virtual time.
    ///   - report: told of every rung when it moves.
    init(
        _ ladder: ReadinessLadder, directory: RunDirectory, events: any EventLog,
        elapsed: @escaping @Sendable () -> Int64,
        report: @escaping @Sendable (RungProgress) -> Void
    ) {
        state = Mutex(State(ladder: ladder))
        self.directory = directory
        self.events = events
        self.elapsed = elapsed
        self.report = report
    }

    func ledgerOpened() { update { $0.ledgerOpened() } }
    func joined(_ member: NodeMember) {
        update { $0.join(member.name, key: member.keys.legacy.publicKey.hex) }
    }
    /// From now on its end is no failure.
    func left(_ name: String) {
        update { $0.leave(name) }
        forgive(name)
    }
    func answered(node: String) { update { $0.answered(node: node) } }

    /// Follows the log until it ends or the task is cancelled.
    func follow(_ events: AsyncStream<RecordedEvent>) async {
        for await recorded in events {
            switch recorded.event.kind {
            case .nodeStopped: fail(recorded.event)
            case .nodeStarted: forgive(recorded.event.source)
            case .writingFailed where recorded.event.fields["disk"] == true:
                state.withLock { $0.troubles[recorded.event.source] = recorded.event.fields["reason"]?.asString ?? "" }
            case .writingResumed: state.withLock { $0.troubles[recorded.event.source] = nil }
            default: break
            }
            update { $0.apply(recorded.event) }
        }
    }

    func progress() -> [RungProgress] {
        state.withLock { state in Rung.allCases.map { Self.progress($0, state) } }
    }

    /// Waits until a rung and all before it are reached.
    func wait(for rung: Rung, timeout: Duration, clock: any NodeClock) async throws {
        let reached: Void? = try await clock.within(timeout) { try await self.wait(for: rung) }
        guard reached == nil else { return }
        throw timedOut(before: rung, after: timeout)
    }

    /// What a limit that has passed says: the first rung that is still open.
    func timedOut(before rung: Rung, after limit: Duration) -> ReadinessError {
        state.withLock { state in
            let open = Rung.allCases.first { $0 <= rung && !state.ladder.progress($0).isReached } ?? rung
            return ReadinessError.timedOut(
                after: limit, waitingFor: state.ladder.progress(open), missing: state.ladder.missing(open))
        }
    }

    /// Waits without a limit.
    func wait(for rung: Rung) async throws {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    // What was reached stays reached, whoever is killed afterwards.
                    if Self.isReached(rung, state) { return .success(()) }
                    if let failure = state.failure { return .failure(failure.error) }
                    // Cancelled before it waited: the handler below found nobody to wake.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(rung: rung, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func update(_ change: (inout ReadinessLadder) -> Void) {
        let (moved, released) = state.withLock { state in
            let before = Rung.allCases.map { state.ladder.progress($0) }
            change(&state.ladder)
            var moved: [(progress: RungProgress, isFirst: Bool)] = []
            for (rung, old) in zip(Rung.allCases, before) {
                let new = state.ladder.progress(rung)
                guard new != old else { continue }
                let isFirst = new.isReached && state.reached[rung] == nil
                if isFirst { state.reached[rung] = elapsed() }
                moved.append((Self.progress(rung, state), isFirst))
            }
            let released = state.waiters.filter { Self.isReached($0.value.rung, state) }
            for id in released.keys { state.waiters[id] = nil }
            return (moved, Self.inOrder(released))
        }
        for (progress, isFirst) in moved {
            report(progress)
            guard isFirst, let milliseconds = progress.milliseconds else { continue }
            events.record(
                Event(
                    .rungReached, from: "testnet",
                    [
                        "rung": .string(progress.rung.rawValue), "text": .string(progress.text),
                        "milliseconds": .integer(milliseconds),
                    ]))
        }
        for waiter in released { waiter.continuation.resume() }
    }

    /// As they came, so that a simulation wakes them in the same order each time.
    private static func inOrder(_ waiters: [Int: Waiter]) -> [Waiter] {
        waiters.sorted { $0.key < $1.key }.map(\.value)
    }

    private func fail(_ event: Event) {
        // Nobody waits any more once one has failed, and to read logs for each node of a large network that ends takes long.
        let (isNew, trouble) = state.withLock { state in
            (state.ladder.has(event.source) && state.failure == nil, state.troubles[event.source])
        }
        guard isNew else { return }
        let error =
            if let trouble {
                ReadinessError.nodeCannotWrite(name: event.source, reason: trouble)
            } else {
                ReadinessError.nodeEnded(
                    name: event.source, reason: event.fields["reason"]?.asString ?? "",
                    lastLines: NodeLogTail.lines(of: event.source, in: directory, count: 10))
            }
        let waiters: [Waiter] = state.withLock { state in
            guard state.ladder.has(event.source) else { return [] }
            state.failure = state.failure ?? (event.source, error)
            defer { state.waiters = [:] }
            return Self.inOrder(state.waiters)
        }
        for waiter in waiters { waiter.continuation.resume(throwing: error) }
    }

    /// A node that was started again no longer fails those who wait from now on.
    private func forgive(_ node: String) {
        state.withLock { state in
            state.troubles[node] = nil
            if state.failure?.node == node { state.failure = nil }
        }
    }

    private static func progress(_ rung: Rung, _ state: State) -> RungProgress {
        var progress = state.ladder.progress(rung)
        if progress.isReached { progress.milliseconds = state.reached[rung] }
        return progress
    }

    private static func isReached(_ rung: Rung, _ state: State) -> Bool {
        Rung.allCases.filter { $0 <= rung }.allSatisfy {
            state.reached[$0] != nil || state.ladder.progress($0).isReached
        }
    }
}
