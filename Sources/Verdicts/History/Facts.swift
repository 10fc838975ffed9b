import SessionProtocol
import Swarms

/// What was run, as the run announced it.
public struct RunFacts: Sendable, Equatable {
    public var name: String
    public var seed: UInt64
    public var mode: String
    /// Whether cryptography was `real` or `modelled`.
    public var crypto: String
    /// How many nodes were planned.
    public var nodes: Int
    /// By whose rules nodes were put into swarms; `nil` when this version does not know them.
    public var swarmPolicy: SwarmPolicy?
}

/// A rung of readiness and when it was reached.
public struct RungFacts: Sendable, Equatable {
    public var rung: String
    /// Since the process started.
    public var milliseconds: Int64
}

/// A node that was started at least once.
public struct NodeFacts: Sendable, Equatable {
    public var name: String
    public var legacy: LegacyPublicKey
    public var ed25519: Ed25519PublicKey
    /// Whether it is somebody else's program, which tells less of itself.
    public var isExternal = false
    /// Why it stopped; `nil` while it runs.
    public var stopped: String?
    /// Where in the log it stopped; `nil` while it runs.
    public var stoppedPosition: Int?
}

/// A store that the network acknowledged.
public struct SentMessage: Sendable, Equatable {
    /// The run's number for it.
    public var number: Int64
    public var copy: MessageCopy
    /// The members that said they hold it.
    public var acknowledged: [Ed25519PublicKey]
    /// The members that refused it or did not answer.
    public var failed: [Ed25519PublicKey]
    /// When members may forget it, in milliseconds since the epoch; `nil` when the log does not tell.
    public var expires: Int64?
    /// Of each try, in milliseconds since the epoch; empty when the log does not tell.
    public var timestamps: [Int64] = []
    /// How long each try was to live, in milliseconds; `nil` when the log does not tell.
    public var timeToLive: Int64?
    /// Its place in the log.
    public var position: Int
}

/// A store that was refused or got no answer.
public struct RefusedMessage: Sendable, Equatable {
    /// The run's number for it.
    public var number: Int64
    public var account: AccountID
    public var reason: String
    /// What members may have all the same; `nil` when the log does not tell.
    public var copy: MessageCopy?
    /// Its place in the log.
    public var position: Int
}

/// A path a client built.
public struct PathFacts: Sendable, Equatable {
    public var client: String
    public var hops: [Ed25519PublicKey]
    public var milliseconds: Int64
}

/// Why a node could not tell what it holds.
public struct InventoryFailure: Sendable, Equatable {
    public var reason: String
    /// Whether its store is not what the node wrote.
    public var isDamage = false
    /// Its place in the log.
    public var position: Int
}

/// A message in a node's store.
public struct HeldRecord: Sendable, Hashable {
    public var copy: MessageCopy
    /// As the sender set it, in milliseconds since the epoch; `nil` when the log does not tell.
    public var timestamp: Int64?
    /// In milliseconds since the epoch; `nil` when the log does not tell.
    public var expiry: Int64?
}

/// What one node's store held when it was last asked.
public struct Inventory: Sendable, Equatable {
    /// In the order of the store.
    public var records: [HeldRecord]
    /// Its place in the log: what happened after it cannot be in it.
    public var position: Int
    /// When it was taken, in milliseconds since the epoch.
    public var time: Int64
    private let byIdentity: [MessageIdentity: [HeldRecord]]

    init(records: [HeldRecord], position: Int, time: Int64) {
        self.records = records
        self.time = time
        self.position = position
        byIdentity = Dictionary(grouping: records, by: \.copy.identity)
    }

    /// Every record under this identity; more than one only in a damaged store.
    public func records(of identity: MessageIdentity) -> [HeldRecord] { byIdentity[identity] ?? [] }
}

/// A time in which a participant's disk kept it from writing what it must keep.
public struct DiskTrouble: Sendable, Equatable {
    /// Its name.
    public var source: String
    public var reason: String
    /// Where in the log it began.
    public var start: Int
    /// Where in the log it could write again; `nil` while it cannot.
    public var end: Int?
}
