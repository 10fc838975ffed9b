import Foundation
import NodeRuntime
import SessionProtocol
import Synchronization

/// The run's one event log: appends every fact to `events.jsonl`, to its node's own log, and hands it to whoever waits.
public final class RunLog: EventLog {
    private struct State {
        var events: AppendedFile
        var nodeLogs: [String: AppendedFile] = [:]
        /// Nodes that have a log of their own.
        var loggingNodes: Set<String> = []
        var hash = HistoryHash()
        var subscribers: [Int: AsyncStream<RecordedEvent>.Continuation] = [:]
        var nextSubscriber = 0
        /// Who cannot write what it must keep, and why.
        var troubles: [String: (reason: String, isOfDisk: Bool)] = [:]
    }
    private let state: Mutex<State>
    private let clock: any NodeClock
    private let directory: RunDirectory

    /// - Throws: ``RunError/cannotWrite(path:reason:)``
    public init(_ directory: RunDirectory, clock: any NodeClock) throws {
        self.directory = directory
        self.clock = clock
        let file = Glibc.open(directory.events, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, OwnerOnly.fileMode)
        guard file >= 0 else {
            throw RunError.cannotWrite(path: directory.events, reason: String(cString: strerror(errno)))
        }
        Glibc.close(file)
        state = Mutex(State(events: AppendedFile(path: directory.events, staysOpen: true, mostWaiting: 64 << 20)))
    }

    deinit {
        state.withLock { state in
            state.events.close()
            for name in Array(state.nodeLogs.keys) { state.nodeLogs[name]?.close() }
        }
    }

    public func record(_ event: Event) { record(RecordedEvent(time: clock.wallMilliseconds, event: event)) }

    /// Appends a fact that carries its own time, as a subprocess reported it. Where the disk is full, it waits in memory
    /// until there is room.
    public func record(_ recorded: RecordedEvent) {
        let json = recorded.json.utf8
        let line = json + [UInt8(ascii: "\n")]
        let source = recorded.event.source
        let subscribers = state.withLock { state in
            state.hash.add(recorded, writtenAs: json)
            state.events.append(line)
            Self.note(recorded.event, in: &state.troubles)
            if state.loggingNodes.contains(source) || Self.isNode(recorded.event.kind) {
                if state.loggingNodes.insert(source).inserted { makeFolder(of: source) }
                let isOneOfFew = state.nodeLogs.count < Self.openFiles
                let new = AppendedFile(
                    path: directory.node(source).log, staysOpen: isOneOfFew, mostWaiting: 256 << 10)
                state.nodeLogs[source, default: new].append(Bytes((NodeLogLine(recorded).text + "\n").utf8))
            }
            // In order of subscription, so that a simulation wakes them in the same order each time.
            return state.subscribers.sorted { $0.key < $1.key }.map(\.value)
        }
        for subscriber in subscribers { subscriber.yield(recorded) }
    }

    /// Digest of everything recorded so far, in the order it came.
    public var historyHash: HistoryHash { state.withLock { $0.hash } }

    private func makeFolder(of node: String) {
        // One that cannot be made is found when its log cannot be opened.
        try? OwnerOnly.makeDirectory(directory.node(node).path)
    }

    private static func note(_ event: Event, in troubles: inout [String: (reason: String, isOfDisk: Bool)]) {
        switch event.kind {
        case .writingFailed:
            troubles[event.source] = (
                event.fields["reason"]?.asString ?? "it cannot write", event.fields["disk"]?.asBool ?? false
            )
        case .writingResumed, .nodeStarted: troubles[event.source] = nil
        default: break
        }
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

    /// Why the event log lacks something, after everything that still waited was tried again; `nil` when it is whole. A
    /// verdict from an incomplete log would be worthless.
    public var failure: String? {
        state.withLock { state in
            state.events.flush()
            guard !state.events.isWhole else { return nil }
            return Self.text(of: state.events)
        }
    }

    /// What the run cannot write now, and why: its logs by path, and what the ledger and nodes must keep by their names.
    public var lacks: [String] {
        state.withLock { state in
            state.events.flush()
            var lacks = state.events.isWhole ? [] : [Self.text(of: state.events)]
            for name in NaturalOrder.sorted(state.nodeLogs.keys) {
                state.nodeLogs[name]?.flush()
                if let log = state.nodeLogs[name], !log.isWhole { lacks.append(Self.text(of: log)) }
            }
            return lacks + NaturalOrder.sorted(state.troubles.keys).map { "\($0): \(state.troubles[$0]?.reason ?? "")" }
        }
    }

    /// Why its disk keeps a participant from writing what it must keep; `nil` while it does not.
    func diskTrouble(of source: String) -> String? {
        state.withLock { state in state.troubles[source].flatMap { $0.isOfDisk ? $0.reason : nil } }
    }

    private static func text(of log: AppendedFile) -> String {
        let reason = log.failure ?? "it could not be written for a while"
        let lost = log.lost > 0 ? "; \(log.lost) lines are lost" : ""
        return "\(RunError.cannotWrite(path: log.path, reason: reason))\(lost)"
    }

    /// Kinds only nodes report, and which therefore begin a node's own log.
    private static func isNode(_ kind: EventKind) -> Bool { kind == .nodeStarted || kind == .nodeStopped }

    /// Logs of so many nodes are kept open; those of more are opened for each line, so that a large run needs no more
    /// descriptors.
    private static let openFiles = 512
}
