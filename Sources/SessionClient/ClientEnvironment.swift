import NodeRuntime
import SessionProtocol

/// What a client may ask of the world, so that it runs alike on real sockets and in virtual time.
public struct ClientEnvironment: Sendable {
    /// Gives every time and every wait.
    public var clock: any NodeClock
    /// Posts to the seed address and to guards; the client opens no listener.
    public var transport: any Transport
    /// Gives ephemeral keys, nonces, and the choice of nodes.
    public var randomness: any Randomness
    /// Takes `pathBuilt`.
    public var events: any EventLog
    /// Reads the service node list together with the other clients of the process; `nil` reads it for this client
    /// alone, with the same outcome.
    public var lists: ServiceNodeListReader?

    /// Takes each part as it is.
    public init(
        clock: any NodeClock, transport: any Transport, randomness: any Randomness, events: any EventLog,
        lists: ServiceNodeListReader? = nil
    ) {
        self.clock = clock
        self.transport = transport
        self.randomness = randomness
        self.events = events
        self.lists = lists
    }
}

/// How one client behaves.
public struct ClientConfiguration: Sendable {
    /// Stands in the events as `client`, and as their source after `client:`.
    public var name: String
    /// The ledger's address without a path: `http://127.0.0.1:1280`.
    public var seedURL: String
    /// Of every layer of the client's onions.
    public var cipher: OnionCipher
    /// For one request to a storage node through the path (clients.md §4.13).
    public var requestTimeout: Duration
    /// For one test of a path.
    public var pathTimeout: Duration
    /// For the service node list.
    public var seedTimeout: Duration
    /// Tries of one request, each with another node or path where one is at fault.
    public var attempts: Int
    /// Paths tried before building one fails.
    public var pathAttempts: Int
    /// Wait before the second try; doubles with each further one.
    public var retryDelay: Duration
    /// How long a node that was at fault is used only when there is no other.
    public var avoidance: Duration

    /// Timeouts are those of clients.md §4.13 unless given.
    public init(
        name: String, seedURL: String, cipher: OnionCipher = .aesGCM, requestTimeout: Duration = .seconds(10),
        pathTimeout: Duration = .seconds(10), seedTimeout: Duration = .seconds(5), attempts: Int = 3,
        pathAttempts: Int = 5, retryDelay: Duration = .milliseconds(50), avoidance: Duration = .seconds(60)
    ) {
        self.name = name
        self.seedURL = seedURL
        self.cipher = cipher
        self.requestTimeout = requestTimeout
        self.pathTimeout = pathTimeout
        self.seedTimeout = seedTimeout
        self.attempts = attempts
        self.pathAttempts = pathAttempts
        self.retryDelay = retryDelay
        self.avoidance = avoidance
    }
}
