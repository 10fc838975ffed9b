import Foundation
import NodeRuntime
import SessionProtocol

/// The process of one node: started again and again, held, and ended in good order or without warning. Its end is
/// recorded, whoever brought it about.
actor NodeChild {
    private let name: String
    private let children: ChildProcesses
    private let events: RunLog
    /// One that has not ended so long after it was asked to is killed.
    private let grace: Duration
    private enum State {
        case stopped
        case starting
        case running(Child)
        case paused(Child)
    }
    private var current = State.stopped
    private var exitWaiters: [CheckedContinuation<Void, Never>] = []
    private var reasonToEnd: String?

    /// - Parameter name: the node's, under which its end is recorded.
    init(_ name: String, children: ChildProcesses, events: RunLog, grace: Duration) {
        self.name = name
        self.children = children
        self.events = events
        self.grace = grace
    }

    var processID: Int32? {
        switch current {
        case .running(let child), .paused(let child): child.processID
        case .stopped, .starting: nil
        }
    }

    var state: NodeRunState {
        switch current {
        case .stopped: .stopped
        case .starting: .starting
        case .running: .running
        case .paused: .paused
        }
    }

    /// - Parameter prepare: makes what the process finds, and its command line.
    /// - Returns: `false` when it runs already, or somebody else is starting it.
    func start(_ prepare: @Sendable () throws -> ChildProcesses.Command) async throws -> Bool {
        guard case .stopped = current else { return false }
        current = .starting
        reasonToEnd = nil
        do {
            let child = try await children.start(try prepare()) { exit in
                Task { await self.ended(exit) }
            }
            // It may have ended before this went on, and then there is nothing to run.
            if case .starting = current { current = .running(child) }
            return true
        } catch {
            if case .starting = current { current = .stopped }
            throw error
        }
    }

    private func ended(_ exit: ChildExit) {
        current = .stopped
        events.record(Event(.nodeStopped, from: name, ["reason": .string(reasonToEnd ?? exit.description)]))
        for waiter in exitWaiters { waiter.resume() }
        exitWaiters = []
    }

    func kill() async {
        reasonToEnd = "killed"
        await end(with: SIGKILL)
    }

    func stop() async {
        // A stopped process cannot obey, whoever stopped it.
        switch current {
        case .running(let child), .paused(let child): children.signal(child, SIGCONT)
        case .stopped, .starting: break
        }
        reasonToEnd = "stopped"
        await end(with: SIGTERM)
    }

    func pause() {
        guard case .running(let child) = current else { return }
        children.signal(child, SIGSTOP)
        current = .paused(child)
    }

    func resume() {
        guard case .paused(let child) = current else { return }
        children.signal(child, SIGCONT)
        current = .running(child)
    }

    private func end(with signal: Int32) async {
        switch current {
        case .stopped, .starting: return
        case .running(let child), .paused(let child):
            children.signal(child, signal)
            let impatience = signal == SIGKILL ? nil : killAfterGrace(child)
            await withCheckedContinuation { exitWaiters.append($0) }
            impatience?.cancel()
        }
    }

    private func killAfterGrace(_ child: Child) -> Task<Void, Never> {
        Task { [children, grace] in
            do {
                try await Task.sleep(for: grace)
                children.signal(child, SIGKILL)
            } catch {
                // It ended in time.
            }
        }
    }
}

/// A node's process ended before its listeners were open.
struct NodeEndedAtStart: Error, CustomStringConvertible {
    let reason: String
    let log: String

    var description: String { "it \(reason) before its listeners were open; its log is \(log)" }
}
