import Foundation
import NodeRuntime
import SessionProtocol
import Synchronization

/// The run's one event log: appends every fact to `events.jsonl`, to its node's own log, and hands it to whoever waits.
public final class RunLog: EventLog {
    private struct State {
        var files: [String: Int32] = [:]
        /// Nodes that have a log of their own.
        var loggingNodes: Set<String> = []
        var hash = HistoryHash()
        var subscribers: [Int: AsyncStream<RecordedEvent>.Continuation] = [:]
        var nextSubscriber = 0
        var failure: String?
    }
    private let state = Mutex(State())
    private let clock: any NodeClock
    private let directory: RunDirectory

    /// - Throws: ``RunError/cannotWrite(path:reason:)``
    public init(_ directory: RunDirectory, clock: any NodeClock) throws {
        self.directory = directory
        self.clock = clock
        let file = try Self.open(directory.events)
        state.withLock { $0.files[directory.events] = file }
    }

    deinit { state.withLock { state in for file in state.files.values { Glibc.close(file) } } }

    public func record(_ event: Event) { record(RecordedEvent(time: clock.wallMilliseconds, event: event)) }

    /// Appends a fact that carries its own time, as a subprocess reported it.
    public func record(_ recorded: RecordedEvent) {
        let line = recorded.json.utf8 + [UInt8(ascii: "\n")]
        let nodeLog = directory.node(recorded.event.source).log
        let subscribers = state.withLock { state in
            state.hash.add(recorded)
            Self.append(line, to: directory.events, &state)
            if state.loggingNodes.contains(recorded.event.source) || Self.isNode(recorded.event.kind) {
                if state.loggingNodes.insert(recorded.event.source).inserted {
                    makeDirectory(of: recorded.event.source)
                }
                Self.append(Bytes((NodeLogLine(recorded).text + "\n").utf8), to: nodeLog, &state)
            }
            // In order of subscription, so that a simulation wakes them in the same order each time.
            return state.subscribers.sorted { $0.key < $1.key }.map(\.value)
        }
        for subscriber in subscribers { subscriber.yield(recorded) }
    }

    /// Digest of everything recorded so far, in the order it came.
    public var historyHash: HistoryHash { state.withLock { $0.hash } }

    private func makeDirectory(of node: String) {
        // One that cannot be made is found when its log cannot be opened.
        try? OwnerOnly.makeDirectory(directory.node(node).path)
    }

    /// Every event from now on, until the reader stops.
    public func subscribe() -> AsyncStream<RecordedEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: RecordedEvent.self)
        let id = state.withLock { state in
            state.nextSubscriber += 1
            state.subscribers[state.nextSubscriber] = continuation
            return state.nextSubscriber
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.subscribers.removeValue(forKey: id) }
        }
        return stream
    }

    /// The first thing that could not be written; a verdict from an incomplete log would be worthless.
    public var failure: String? { state.withLock { $0.failure } }

    /// Kinds only nodes report, and which therefore begin a node's own log.
    private static func isNode(_ kind: EventKind) -> Bool { kind == .nodeStarted || kind == .nodeStopped }

    /// Logs of so many nodes are kept open; those of more are opened for each line, so that a large run needs no more
    /// descriptors.
    private static let openFiles = 512

    private static func append(_ line: Bytes, to path: String, _ state: inout State) {
        do {
            let file = try state.files[path] ?? open(path)
            if state.files.count < openFiles { state.files[path] = file }
            defer { if state.files[path] == nil { Glibc.close(file) } }
            let failure = WholeWrite.write(line, to: file)
            guard failure == 0 else {
                throw RunError.cannotWrite(path: path, reason: String(cString: strerror(failure)))
            }
        } catch {
            state.failure = state.failure ?? "\(error)"
        }
    }

    private static func open(_ path: String) throws -> Int32 {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, OwnerOnly.fileMode)
        guard file >= 0 else { throw RunError.cannotWrite(path: path, reason: String(cString: strerror(errno))) }
        return file
    }
}
