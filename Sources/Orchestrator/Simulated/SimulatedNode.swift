import NodeRuntime
import ServiceNode
import SessionCrypto
import SessionProtocol
import Simulation
import Storage

/// A node in virtual time: a host, a disk, and on them a ``ServiceNode`` while it runs.
actor SimulatedNode: RunningNode {
    nonisolated let member: NodeMember
    private let ledger: OMQPeer
    private let world: SimulatedWorld
    private let events: any EventLog
    private let host: SimulatedHost
    nonisolated let disk: SimulatedDisk
    /// How often it was started: a restarted node must not draw the same nonces again.
    private var starts = 0

    private struct Running {
        var node: ServiceNode
        var transport: SimulatedTransport
        var store: SimulatedMessageStore
        var task: Task<Void, any Error>
    }
    private enum State {
        case stopped
        case starting
        case running(Running)
        case paused(Running)
    }
    private var current = State.stopped

    init(_ member: NodeMember, ledger: OMQPeer, world: SimulatedWorld, events: any EventLog) {
        self.member = member
        self.ledger = ledger
        self.world = world
        self.events = events
        host = world.simulation.network.host(member.name, at: member.address)
        disk = world.simulation.disk(of: host)
        disk.limit(toBytes: world.settings.topology.storage.maximumSize)
    }

    /// All simulated nodes share this process.
    var processID: Int32? { nil }

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
        starts += 1
        let transport = world.simulation.network.transport(
            on: host, keys: member.keys.x25519.publicKey, ports: ports ?? ListenerPorts())
        do {
            let store = try SimulatedMessageStore(disk: disk)
            let node = ServiceNode(
                configuration: NodeConfiguration(
                    name: member.name, keys: member.keys, ledger: ledger,
                    peerTesting: PeerTestingTimes(scale: world.settings.topology.ledger.peerTestingScale),
                    pingInterval: world.settings.topology.ledger.pingInterval,
                    isRateLimited: world.settings.topology.storage.rateLimit,
                    administrators: world.settings.topology.storage.statsAccessKeys,
                    foundsNetwork: member.foundsNetwork && starts == 1),
                environment: NodeEnvironment(
                    clock: world.simulation.clock(of: host), transport: transport,
                    randomness: world.randomness("\(member.name) \(starts)"), store: store, events: events,
                    tables: world.tables))
            let bound = try await node.open()
            events.record(
                .nodeStarted(
                    member.name, keys: member.keys, address: member.address, ports: bound, processID: nil))
            current = .running(Running(node: node, transport: transport, store: store, task: follow(node, bound)))
            return bound
        } catch {
            transport.drop()
            current = .stopped
            recordEnd("cannot start: \(error)")
            throw error
        }
    }

    private func follow(_ node: ServiceNode, _ ports: ListenerPorts) -> Task<Void, any Error> {
        world.spawn { [events, member] in
            do {
                try await node.run(ports: ports)
            } catch is CancellationError {
                // Killed or stopped: whoever did it reports it.
            } catch {
                events.record(Event(.nodeStopped, from: member.name, ["reason": .string("\(error)")]))
            }
        }
    }

    private func recordEnd(_ reason: String) {
        events.record(Event(.nodeStopped, from: member.name, ["reason": .string(reason)]))
    }

    func kill() async { await end(crashing: true, reason: "killed") }

    func stop() async { await end(crashing: false, reason: "stopped") }

    func pause() {
        guard case .running(let running) = current else { return }
        host.hold()
        current = .paused(running)
    }

    func resume() {
        guard case .paused(let running) = current else { return }
        host.release()
        current = .running(running)
    }

    private func end(crashing: Bool, reason: String) async {
        let running: Running
        switch current {
        case .stopped, .starting: return
        case .running(let node), .paused(let node): running = node
        }
        // Before the first await: a second call must find nothing left to end.
        current = .stopped
        running.task.cancel()
        running.transport.drop()
        host.release()
        if crashing { disk.crash() }
        await running.store.close()
        // Errors were recorded as they came.
        _ = await running.task.result
        recordEnd(reason)
    }

    func inventory() async throws -> JSON {
        guard case .running(let running) = current else { throw NotRunning(state: state) }
        return .array(try await running.node.inventory().map(\.json))
    }

    func report() throws -> NodeReport {
        guard case .running(let running) = current else { throw NotRunning(state: state) }
        return NodeReport(running.node.standing)
    }

    /// A node that does not run cannot be asked.
    struct NotRunning: Error, CustomStringConvertible {
        let state: NodeRunState
        var description: String { "it is \(state.rawValue)" }
    }
}
