import Faults
import Foundation
import Logging
import NodeRuntime
import ServiceNode
import SessionProtocol
import Sockets

/// A node inside this process, with its own listeners, database and keys.
actor InProcessNode: LinkRuled {
    nonisolated let member: NodeMember
    private var plan: NodePlan
    private let process: SocketProcess
    private let events: any EventLog
    private let tables: NodeTableReader
    private let log: Logger
    private enum State {
        case stopped
        case starting
        case running(NodeAssembly, Task<Void, Never>)
        case paused(NodeAssembly, Task<Void, Never>)
    }
    private var current = State.stopped

    init(
        _ member: NodeMember, _ plan: NodePlan, process: SocketProcess, events: any EventLog, tables: NodeTableReader,
        log: Logger
    ) {
        self.member = member
        self.plan = plan
        self.process = process
        self.events = events
        self.tables = tables
        self.log = log
    }

    var processID: Int32? { if case .stopped = current { nil } else { getpid() } }

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
        let plan = plan.on(ports)
        // It begins with one start only.
        self.plan.foundsNetwork = false
        do {
            let assembly = try await NodeAssembly(plan, process: process, events: events, tables: tables, log: log)
            // They may have changed since the plan was read.
            assembly.links.rules = self.plan.links
            current = .running(assembly, follow(assembly))
            return assembly.ports
        } catch {
            current = .stopped
            events.record(Event(.nodeStopped, from: plan.name, ["reason": .string("cannot start: \(error)")]))
            throw error
        }
    }

    /// Nodes share this process, so one that fails is reported, not waited for.
    private func follow(_ assembly: NodeAssembly) -> Task<Void, Never> {
        Task { [events, plan] in
            do {
                try await assembly.run()
            } catch is CancellationError {
                // Killed or stopped: whoever did it reports it.
            } catch {
                events.record(Event(.nodeStopped, from: plan.name, ["reason": .string("\(error)")]))
            }
        }
    }

    func kill() async { await end(crashing: true, reason: "killed") }

    func stop() async { await end(crashing: false, reason: "stopped") }

    func pause() async {
        guard case .running(let assembly, let task) = current else { return }
        assembly.sockets.hold()
        assembly.clock.hold()
        current = .paused(assembly, task)
    }

    func resume() async {
        guard case .paused(let assembly, let task) = current else { return }
        assembly.clock.release()
        assembly.sockets.release()
        current = .running(assembly, task)
    }

    func setLinkRules(_ rules: LinkRules) {
        plan.links = rules
        switch current {
        case .stopped, .starting: break
        case .running(let assembly, _), .paused(let assembly, _): assembly.links.rules = rules
        }
    }

    func inventory() async throws -> JSON { try await NodeControlClient(directory: plan.directory).inventory() }

    func report() async throws -> NodeReport { try await NodeControlClient(directory: plan.directory).report() }

    private func end(crashing: Bool, reason: String) async {
        let assembly: NodeAssembly
        let task: Task<Void, Never>
        switch current {
        case .stopped, .starting: return
        case .running(let running, let following), .paused(let running, let following):
            (assembly, task) = (running, following)
        }
        // Before the first await: a second call must find nothing left to end.
        current = .stopped
        task.cancel()
        assembly.clock.release()
        await assembly.close(crashing: crashing)
        await task.value
        events.record(Event(.nodeStopped, from: plan.name, ["reason": .string(reason)]))
    }
}
