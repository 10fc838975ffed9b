import Faults
import Ledger
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol

/// Where a network lives: on real sockets and real time, or in a simulation. ``Testnet`` is the same in both.
protocol NetworkWorld: Sendable {
    /// The time of whoever runs the network.
    var clock: any NodeClock { get }
    /// Milliseconds since the process started; in a simulation, since virtual time began.
    var elapsedMilliseconds: Int64 { get }

    /// What a simulation has done so far; `nil` on real sockets.
    var simulated: SimulatedWork? { get }

    /// Starts a task that outlives the call.
    func spawn<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Task<Value, any Error>

    /// What the ledger may use, and the address it listens on.
    /// - Parameter ports: those it had before; `nil` takes the topology's.
    func ledgerSite(
        _ keys: X25519KeyPair, ports: ListenerPorts?, events: any EventLog
    ) -> (address: IPv4Address, LedgerEnvironment)

    /// Where the ledger keeps its blocks, opened. Whoever opens it again has closed it before.
    func ledgerArchive() throws -> any BlockArchive

    /// The ledger's time was moved on at once; where nothing but it knows the date, everybody else's follows.
    func advanceWallClocks(by time: Duration)

    /// A node that was never started, at its address. It obeys the link rules in force.
    func node(_ member: NodeMember, ledger: OMQPeer, events: RunLog) throws -> any RunningNode

    /// What a scripted client may use.
    func clientEnvironment(_ name: String, address: IPv4Address, events: any EventLog) throws -> ClientEnvironment

    /// A transport to find out whether a node answers, with the node's own address and keys. Whoever asks closes it.
    func probe(_ member: NodeMember) -> any Transport

    /// Puts link rules in force for everything that anybody sends, in place of those before.
    func setLinkRules(_ rules: LinkRules) async throws

    /// Answers verbs, where there can be any.
    func serveControl(at path: String, _ service: @escaping HTTPService) async throws

    /// Ends what the network's parts shared. They have ended before.
    func shutdown() async
}

/// How much a simulation has done.
public struct SimulatedWork: Sendable, Equatable {
    /// Steps of tasks, each from one wait to the next.
    public var steps: UInt64
    /// Messages that crossed the network.
    public var messages: UInt64
    /// Of those messages, without framing.
    public var bytes: UInt64
    /// Virtual time since the start.
    public var uptime: Duration
}

/// A node of the network as everyone knows it, wherever it runs.
struct NodeMember: Sendable {
    let name: String
    let keys: NodeKeys
    let address: IPv4Address
    /// Whether the network begins with it, or it came later.
    var foundsNetwork = false
}
