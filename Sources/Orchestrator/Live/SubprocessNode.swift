import Faults
import Foundation
import NodeRuntime
import SessionProtocol

/// A node in a process of its own, running `testnet node run`.
actor SubprocessNode: LinkRuled {
    nonisolated let member: NodeMember
    private var plan: NodePlan
    /// The link rules that the process has; `nil` while it cannot be asked.
    private var rulesThere: LinkRules?
    private let executable: String
    private let children: ChildProcesses
    private let events: RunLog
    private enum State {
        case stopped
        case starting
        case running(Child)
        case paused(Child)
    }
    private var current = State.stopped
    private var exitWaiters: [CheckedContinuation<Void, Never>] = []
    private var reasonToEnd: String?

    /// A stopping node that has not ended by then is killed.
    private static let grace = Duration.seconds(2)

    init(_ member: NodeMember, _ plan: NodePlan, executable: String, children: ChildProcesses, events: RunLog) {
        self.member = member
        self.plan = plan
        self.executable = executable
        self.children = children
        self.events = events
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

    func start(on ports: ListenerPorts?) async throws -> ListenerPorts? {
        guard case .stopped = current else { return nil }
        current = .starting
        reasonToEnd = nil
        let first = plan.on(ports)
        do {
            try FileManager.default.createDirectory(atPath: plan.directory.path, withIntermediateDirectories: true)
            try Data(first.json.utf8).write(
                to: URL(fileURLWithPath: plan.directory.configuration), options: .atomic)
            let started = events.subscribe()
            let child = try await children.start(
                ChildProcesses.Command(
                    executable: executable, arguments: ["node", "run", plan.directory.configuration],
                    output: plan.directory.log)
            ) { exit in
                Task { await self.ended(exit) }
            }
            // It may have ended before this went on, and then there is nothing to run.
            if case .starting = current { current = .running(child) }
            let bound = try await portsOnceOpen(started)
            rulesThere = first.links
            try await bringRules()
            return bound
        } catch {
            if case .starting = current { current = .stopped }
            throw error
        }
    }

    private func portsOnceOpen(_ started: AsyncStream<RecordedEvent>) async throws -> ListenerPorts {
        for await recorded in started where recorded.event.source == plan.name {
            switch recorded.event.kind {
            case .nodeStarted:
                let fields = recorded.event.fields
                return ListenerPorts(
                    http: fields["httpsPort"]?.asUnsigned.flatMap(UInt16.init(exactly:)),
                    omq: fields["omqPort"]?.asUnsigned.flatMap(UInt16.init(exactly:)))
            case .nodeStopped:
                throw NodeEndedAtStart(
                    reason: recorded.event.fields["reason"]?.asString ?? "", log: plan.directory.log)
            default: continue
            }
        }
        throw CancellationError()
    }

    private func ended(_ exit: ChildExit) {
        current = .stopped
        rulesThere = nil
        events.record(Event(.nodeStopped, from: plan.name, ["reason": .string(reasonToEnd ?? exit.description)]))
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

    func pause() async {
        guard case .running(let child) = current else { return }
        children.signal(child, SIGSTOP)
        current = .paused(child)
    }

    func resume() async throws {
        guard case .paused(let child) = current else { return }
        children.signal(child, SIGCONT)
        current = .running(child)
        try await bringRules()
    }

    /// A paused process gets them when it goes on, one that does not run when it starts.
    func setLinkRules(_ rules: LinkRules) async throws {
        plan.links = rules
        try await bringRules()
    }

    private func bringRules() async throws {
        while case .running = current, let there = rulesThere, there != plan.links {
            let rules = plan.links
            do {
                try await NodeControlClient(directory: plan.directory).setLinkRules(rules)
            } catch {
                // One that has ended meanwhile reads them from its plan.
                if case .running = current { throw error }
                return
            }
            rulesThere = rules
        }
    }

    func inventory() async throws -> JSON { try await NodeControlClient(directory: plan.directory).inventory() }

    func report() async throws -> NodeReport { try await NodeControlClient(directory: plan.directory).report() }

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
        Task { [children] in
            do {
                try await Task.sleep(for: Self.grace)
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
