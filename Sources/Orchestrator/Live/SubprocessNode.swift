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
    private let events: RunLog
    private let child: NodeChild

    init(_ member: NodeMember, _ plan: NodePlan, executable: String, children: ChildProcesses, events: RunLog) {
        self.member = member
        self.plan = plan
        self.executable = executable
        self.events = events
        child = NodeChild(member.name, children: children, events: events, grace: .seconds(2))
    }

    var processID: Int32? { get async { await child.processID } }
    var state: NodeRunState { get async { await child.state } }

    func start(on ports: ListenerPorts?) async throws -> ListenerPorts? {
        let first = plan.on(ports)
        // It begins with one start only.
        plan.foundsNetwork = false
        let started = events.subscribe()
        // Before there is a process that could be asked: it begins with those of its plan.
        if await child.state == .stopped { rulesThere = nil }
        let hasStarted = try await child.start { [executable] in
            let directory = first.directory
            try OwnerOnly.makeDirectory(directory.path)
            try OwnerOnly.write(first.json.utf8, to: directory.configuration)
            return ChildProcesses.Command(
                executable: executable, arguments: ["node", "run", directory.configuration], output: directory.log)
        }
        guard hasStarted else { return nil }
        let bound = try await portsOnceOpen(started)
        rulesThere = first.links
        try await bringRules()
        return bound
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

    func kill() async { await child.kill() }

    func stop() async { await child.stop() }

    func pause() async { await child.pause() }

    func resume() async throws {
        await child.resume()
        try await bringRules()
    }

    /// A paused process gets them when it goes on, one that does not run when it starts.
    func setLinkRules(_ rules: LinkRules) async throws {
        plan.links = rules
        try await bringRules()
    }

    private func bringRules() async throws {
        while await child.state == .running, let there = rulesThere, there != plan.links {
            let rules = plan.links
            do {
                try await NodeControlClient(directory: plan.directory).setLinkRules(rules)
            } catch {
                // One that has ended meanwhile reads them from its plan.
                if await child.state == .running { throw error }
                return
            }
            rulesThere = rules
        }
    }

    func inventory() async throws -> JSON { try await NodeControlClient(directory: plan.directory).inventory() }

    func report() async throws -> NodeReport { try await NodeControlClient(directory: plan.directory).report() }
}
