import Foundation
import NodeRuntime
import SessionProtocol

/// A node that is somebody else's program, in a process of its own. It has no control socket: what it is asked, it is
/// asked as any node of the network may be.
///
/// Link rules hold for what is sent to it, not for what it sends.
actor ExternalNode: RunningNode {
    nonisolated let member: NodeMember
    private let server: Topology.ExternalServer
    private let ledger: OMQPeer
    private let directory: NodeDirectory
    private let events: RunLog
    private let clock: any NodeClock
    private let child: NodeChild
    private let outside: ExternalInterface
    /// Kept for as long as the run lasts, also while the program does not run.
    private var held: ExternalPorts?

    /// Making the parameters of TLS takes the reference this long at its first start, on a slow machine.
    private static let longestStart = Duration.seconds(300)
    private static let pollInterval = Duration.milliseconds(50)

    /// - Parameters:
    ///   - ledger: the endpoint that is this node's alone.
    ///   - probe: makes a transport of the node's own address.
    init(
        _ member: NodeMember, _ server: Topology.ExternalServer, ledger: OMQPeer, directory: NodeDirectory,
        children: ChildProcesses, events: RunLog, clock: any NodeClock,
        probe: @escaping @Sendable () -> any Transport
    ) {
        self.member = member
        self.server = server
        self.ledger = ledger
        self.directory = directory
        self.events = events
        self.clock = clock
        child = NodeChild(member.name, children: children, events: events, grace: .seconds(5))
        outside = ExternalInterface(member: member, probe: probe)
    }

    nonisolated var external: ExternalInterface? { outside }
    var processID: Int32? { get async { await child.processID } }
    var state: NodeRunState { get async { await child.state } }

    func start(on ports: ListenerPorts?) async throws -> ListenerPorts? {
        let held = try held ?? ExternalPorts(for: member.address)
        self.held = held
        let started = events.subscribe()
        let hasStarted = try await child.start { [directory, server, ledger, member] in
            try OwnerOnly.makeDirectory(directory.path)
            let arguments = server.arguments.map { argument in
                argument.filled { placeholder in
                    switch placeholder {
                    case .directory: Self.absolute(directory.path)
                    case .ledger: "tcp://\(ledger.address):\(ledger.port)"
                    case .address: member.address.description
                    case .httpsPort: String(held.ports.http ?? 0)
                    case .omqPort: String(held.ports.omq ?? 0)
                    case .name: member.name
                    }
                }
            }
            return ChildProcesses.Command(
                executable: Self.absolute(server.executable), isOurs: false, arguments: arguments,
                output: directory.log)
        }
        guard hasStarted else { return nil }
        try await untilItAnswers(at: held.ports.http ?? 0, started)
        events.record(
            .nodeStarted(
                member.name, keys: member.keys, address: member.address, ports: held.ports,
                processID: await child.processID, isExternal: true))
        return held.ports
    }

    /// The program has no way to tell that its listeners are open, so they are tried.
    private func untilItAnswers(at port: UInt16, _ events: AsyncStream<RecordedEvent>) async throws {
        let limit = clock.uptime + Self.longestStart
        while await child.state != .stopped, clock.uptime < limit {
            if await outside.isReached(at: port) { return }
            try await clock.sleep(for: Self.pollInterval)
        }
        guard await child.state == .stopped else { throw Silent(port: port, log: directory.log) }
        for await recorded in events
        where recorded.event.source == member.name && recorded.event.kind == .nodeStopped {
            throw NodeEndedAtStart(
                reason: recorded.event.fields["reason"]?.asString ?? "", log: directory.log)
        }
        throw CancellationError()
    }

    func kill() async { await child.kill() }

    func stop() async { await child.stop() }

    func pause() async { await child.pause() }

    func resume() async { await child.resume() }

    func inventory() async throws -> JSON { throw NotAsked() }

    func report() async throws -> NodeReport { throw NotAsked() }

    /// Paths in a topology start at the working directory, also in what another program is told.
    static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    /// The program runs, and nothing listens where it was told to.
    struct Silent: Error, CustomStringConvertible {
        let port: UInt16
        let log: String

        var description: String {
            "it runs, but nothing answered on its HTTPS port \(port) for \(ExternalNode.longestStart); "
                + "its log is \(log)"
        }
    }

    /// What only nodes of this tool tell.
    struct NotAsked: Error, CustomStringConvertible {
        var description: String { "an external server has no control socket" }
    }
}
