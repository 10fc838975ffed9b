import SessionProtocol

/// Answers message-queue commands: a table of names with who may call each (storage-node §2.2).
public struct OMQService: Sendable {
    /// What one command does.
    public struct Command: Sendable {
        public var access: OMQAccess
        /// Requests carry a tag and are answered; one-way commands do not.
        public var isRequest: Bool
        /// - Returns: the reply's data frames; `nil` sends no reply at all.
        public var run: @Sendable (OMQCall) async -> [Bytes]?

        public init(
            access: OMQAccess, isRequest: Bool = true, run: @escaping @Sendable (OMQCall) async -> [Bytes]?
        ) {
            self.access = access
            self.isRequest = isRequest
            self.run = run
        }
    }

    /// By full name, `category.command`.
    public var commands: [String: Command]
    /// Most requests of one category that may wait or run at once; more are dropped without a reply. A category that is not
    /// named has no limit.
    public var queueLimits: [String: Int]
    /// Whether a peer's key belongs to an active service node. Asked for every message.
    public var isServiceNode: @Sendable (X25519PublicKey) -> Bool
    /// Whether a peer's key belonged to an active service node until lately.
    public var isFormerServiceNode: @Sendable (X25519PublicKey) -> Bool
    /// Whether a peer's key may call admin commands. Asked for every message.
    public var isAdmin: @Sendable (X25519PublicKey) -> Bool

    public init(
        commands: [String: Command], queueLimits: [String: Int] = [:],
        isServiceNode: @escaping @Sendable (X25519PublicKey) -> Bool = { _ in false },
        isFormerServiceNode: @escaping @Sendable (X25519PublicKey) -> Bool = { _ in false },
        isAdmin: @escaping @Sendable (X25519PublicKey) -> Bool = { _ in false }
    ) {
        self.commands = commands
        self.queueLimits = queueLimits
        self.isServiceNode = isServiceNode
        self.isFormerServiceNode = isFormerServiceNode
        self.isAdmin = isAdmin
    }
}

/// Who may call a command.
public enum OMQAccess: Sendable {
    case anyone
    /// Only keys of active service nodes.
    case serviceNode
    /// Keys of active service nodes, and of those that were active until lately and hand over what they hold.
    case recentServiceNode
    /// Only administrators, and the ledger on the connection this side opened to it.
    case admin
}

/// One command as it arrived.
public struct OMQCall: Sendable {
    public var command: String
    /// Data frames, without command name and tag.
    public var parts: [Bytes]
    public var caller: OMQCaller

    public init(command: String, parts: [Bytes], caller: OMQCaller) {
        self.command = command
        self.parts = parts
        self.caller = caller
    }
}

/// Whoever sent a command.
public struct OMQCaller: Sendable, Hashable {
    /// The key that CURVE proved.
    public var publicKey: X25519PublicKey
    /// `nil` for peers that are not IPv4.
    public var address: IPv4Address?
    /// Where pushes to this caller go.
    public var connection: OMQConnection

    public init(publicKey: X25519PublicKey, address: IPv4Address?, connection: OMQConnection) {
        self.publicKey = publicKey
        self.address = address
        self.connection = connection
    }
}

/// A connection as its transport knows it; meaningless elsewhere.
public struct OMQConnection: Sendable, Hashable {
    public var route: Bytes

    public init(route: Bytes) { self.route = route }
}

/// Whom to send a request to, and how the connection behaves.
public struct OMQPeer: Sendable, Hashable {
    public enum Role: Sendable, Hashable {
        /// Another service node: requests go out at once, the connection ends after 30 s idle.
        case serviceNode
        /// The ledger: greeted with `HI`, kept open, and allowed to call admin commands on this connection.
        case ledger
        /// Anyone else: greeted with `HI` under a random routing id, ends after 30 s idle.
        case client
    }
    public var address: IPv4Address
    public var port: UInt16
    public var publicKey: X25519PublicKey
    public var role: Role

    public init(address: IPv4Address, port: UInt16, publicKey: X25519PublicKey, role: Role = .serviceNode) {
        self.address = address
        self.port = port
        self.publicKey = publicKey
        self.role = role
    }
}

/// How a request ended.
public enum OMQOutcome: Sendable, Equatable {
    /// The reply's data frames.
    case reply([Bytes])
    case timedOut
    /// The peer answered with an error word, such as `FORBIDDEN_SN`.
    case refused(String)
    /// There is no connection and none can be made now, or it broke while waiting.
    case unreachable(String)
}
