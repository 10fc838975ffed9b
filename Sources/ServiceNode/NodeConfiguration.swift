import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage

/// What one service node is told about itself. Plain values only.
public struct NodeConfiguration: Sendable {
    /// The node's name in events and logs.
    public var name: String
    public var keys: NodeKeys
    /// Where the ledger's message queue listens, and its key.
    public var ledger: OMQPeer
    /// The version this node reports. 2.8.0 is the reference it is compatible with.
    public var version: StorageServerVersion
    /// When it tests other nodes.
    public var peerTesting: PeerTestingTimes
    /// From one ping of the ledger to the next (storage-node §10.1). A ledger whose time goes faster takes a node that
    /// is silent for shorter to be gone.
    public var pingInterval: Duration
    /// Whether clients are held to so many requests a second (storage-node §12.1).
    public var isRateLimited: Bool
    /// Whose owners may call admin commands over the message queue: `--stats-access-key` of the reference
    /// (storage-node §1.4, §2.2).
    public var administrators: [X25519PublicKey]
    /// Whether the network begins with this start of the node: nobody can have anything for it that it would have to ask
    /// for, and there is nothing yet to test.
    public var foundsNetwork: Bool
    /// HTTP requests that may wait or run at once (storage-node §2.1).
    var workers = RequestLimits.workers

    /// How often the reference pings its daemon.
    public static let standardPingInterval = Duration.seconds(30)

    public init(
        name: String, keys: NodeKeys, ledger: OMQPeer,
        version: StorageServerVersion = StorageServerVersion(major: 2, minor: 8, patch: 0),
        peerTesting: PeerTestingTimes = .standard, pingInterval: Duration = standardPingInterval,
        isRateLimited: Bool = true, administrators: [X25519PublicKey] = [], foundsNetwork: Bool = false
    ) {
        self.name = name
        self.keys = keys
        self.ledger = ledger
        self.version = version
        self.peerTesting = peerTesting
        self.pingInterval = pingInterval
        self.isRateLimited = isRateLimited
        self.administrators = administrators
        self.foundsNetwork = foundsNetwork
    }

    /// How the node names itself over HTTP: `Server` of what it answers, `User-Agent` of what it asks (storage-node §2.1).
    public var userAgent: String { "Oxen Storage Server/\(version)" }
}

/// A storage server's version, as replies and the ledger's table carry it.
public struct StorageServerVersion: Sendable, Equatable, Comparable, CustomStringConvertible {
    public var major: Int
    public var minor: Int
    public var patch: Int

    public init(major: Int, minor: Int, patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    public var description: String { "\(major).\(minor).\(patch)" }
    var json: JSON { [.int(major), .int(minor), .int(patch)] }

    /// - Returns: `nil` unless it is a list of three numbers.
    init?(json: JSON) {
        guard let numbers = json.asArray?.compactMap({ $0.asUnsigned.flatMap(Int.init(exactly:)) }), numbers.count == 3
        else { return nil }
        self.init(major: numbers[0], minor: numbers[1], patch: numbers[2])
    }

    /// Of a node that the ledger tells no version of: older than all others.
    static let unknown = Self(major: 0, minor: 0, patch: 0)
    /// From this one on a node says itself when it is ready to be handed its swarm's messages (storage-2.11 §4).
    static let asksForData = Self(major: 2, minor: 10, patch: 0)
    /// From this one on a node reads the namespace of a message that it is handed (storage-2.11 §4).
    static let readsNamespaces = Self(major: 2, minor: 11, patch: 3)

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}

/// Everything a node may ask of the world. Real in the real modes, simulated in virtual time; the node cannot tell.
public struct NodeEnvironment: Sendable {
    public var clock: any NodeClock
    public var transport: any Transport
    public var randomness: any Randomness
    public var store: any MessageStore
    public var events: any EventLog
    /// Reads the ledger's tables together with the other nodes of the process; `nil` reads each for this node alone,
    /// with the same outcome.
    public var tables: NodeTableReader?

    public init(
        clock: any NodeClock, transport: any Transport, randomness: any Randomness, store: any MessageStore,
        events: any EventLog, tables: NodeTableReader? = nil
    ) {
        self.clock = clock
        self.transport = transport
        self.randomness = randomness
        self.store = store
        self.events = events
        self.tables = tables
    }
}
