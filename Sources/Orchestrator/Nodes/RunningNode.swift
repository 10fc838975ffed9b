import NodeRuntime
import SessionProtocol

/// A node as the orchestrator handles it, wherever it runs.
protocol RunningNode: Sendable {
    var member: NodeMember { get }
    /// The process it runs in; `nil` while it does not run, and in a simulation.
    var processID: Int32? { get async }
    var state: NodeRunState { get async }

    /// Starts it. Returns once its listeners are open.
    /// - Parameter ports: those it had before, which the ledger knows; `nil` takes any that are free.
    /// - Returns: the ports that were bound; `nil` when it runs already, or somebody else is starting it.
    func start(on ports: ListenerPorts?) async throws -> ListenerPorts?
    /// Ends it without warning, as a power cut would.
    func kill() async
    /// Stops it from doing anything while its connections stay open.
    func pause() async
    /// Ends ``pause()``.
    func resume() async throws
    /// Ends it in good order.
    func stop() async
    /// What it holds, read from its store by the node itself: the records of ``EventKind/inventoryTaken``.
    func inventory() async throws -> JSON
    /// How it sees itself on the network. A node that does not run cannot be asked.
    func report() async throws -> NodeReport
    /// How a node that is somebody else's program is asked about itself; `nil` for ours.
    var external: ExternalInterface? { get }
}

extension RunningNode {
    var external: ExternalInterface? { nil }
}

/// What a node is doing.
public enum NodeRunState: String, Sendable {
    case starting
    case running
    case paused
    /// Killed or ended; ``RunningNode/start(on:)`` brings it back.
    case stopped
}
