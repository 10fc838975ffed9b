import Foundation
import Logging
import NodeRuntime
import SessionProtocol
import Sockets
import Synchronization

/// What `testnet node` runs: one node, reporting to the process that started it.
public enum NodeProcess {
    /// Runs the node described in a plan file until SIGTERM, or until its parent is gone.
    public static func run(planFile: String) async throws {
        let plan = try NodePlan(json: try JSON(parsing: Bytes(try Data(contentsOf: URL(fileURLWithPath: planFile)))))
        let terminated = TerminationSignals([SIGTERM, SIGINT])
        var log = Logger(label: plan.name)
        log.logLevel = .warning
        let process = try SocketProcess(threads: 1, tasksOnPollThread: true)
        do {
            try await withTaskExecutorPreference(process.taskExecutor) {
                try await run(plan, on: process, log: log, until: terminated)
            }
        } catch {
            await process.shutdown()
            throw error
        }
        await process.shutdown()
    }

    private static func run(
        _ plan: NodePlan, on process: SocketProcess, log: Logger, until terminated: TerminationSignals
    ) async throws {
        let assembly = try await NodeAssembly(plan, process: process, events: ParentEventLog(), log: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await assembly.run() }
            group.addTask { await terminated.first() }
            // The node itself only ends by an error.
            let end = await group.nextResult()
            group.cancelAll()
            await assembly.close(crashing: false)
            try end?.get()
        }
    }
}

/// Hands a node's events to the parent: one line each in the shared pipe. A line is written at once and is shorter than the
/// pipe's atomic size, so lines of several children never mix.
private struct ParentEventLog: EventLog {
    private let clock = LiveClock()

    func record(_ event: Event) {
        let line = RecordedEvent(time: clock.wallMilliseconds, event: event).json.utf8 + [UInt8(ascii: "\n")]
        var written = -1
        repeat {
            written = Glibc.write(ChildProcesses.reportDescriptor, line, line.count)
        } while written < 0 && errno == EINTR
        // A parent that no longer reads is a parent that is gone; the kernel ends this process in that moment.
    }
}

/// Waits for one of a few signals, which no longer end the process by themselves.
public final class TerminationSignals: Sendable {
    private let stream: AsyncStream<Int32>
    /// Kept alive for as long as somebody may wait.
    private let sources: Mutex<[any DispatchSourceSignal]>

    public init(_ signals: [Int32]) {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        sources = Mutex(
            signals.map { number in
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield(number) }
                // The source takes the signal over itself once it listens. Ignoring it here as well would lose one that
                // comes before, and one that comes after would not reach the source.
                source.resume()
                return source
            })
    }

    /// Waits for the next signal; returns at once when the task is cancelled.
    @discardableResult
    public func first() async -> Int32? {
        for await number in stream { return number }
        return nil
    }
}
