import SessionProtocol

/// A participant's way to the others: its listeners, and the requests it makes. One value a participant, because every one has
/// its own address and keys.
public protocol Transport: Sendable {
    /// Opens the listeners this transport was made for and serves `services` until ``close()``.
    /// - Throws: ``TransportError`` when an address cannot be bound.
    func open(_ services: TransportServices) async throws(TransportError) -> ListenerPorts

    /// Sends one message-queue request and waits for its reply. Never throws: every way to fail is an ``OMQOutcome``.
    func request(_ peer: OMQPeer, _ command: String, _ parts: [Bytes], timeout: Duration) async -> OMQOutcome

    /// Sends a one-way command to whoever holds an accepted connection. Does nothing when it is gone.
    func push(_ command: String, _ parts: [Bytes], to connection: OMQConnection)

    /// Posts over HTTP or HTTPS, without following redirects.
    func post(_ request: OutgoingPost) async throws(TransportError) -> HTTPReply

    /// Stops serving, closes every connection and fails what is still waiting.
    func close() async
}

/// What a transport serves on its listeners.
public struct TransportServices: Sendable {
    /// `nil` opens no HTTP listener.
    public var http: HTTPService?
    /// `nil` opens no message-queue listener; replies and pushes on outgoing connections still use its commands.
    public var omq: OMQService?

    public init(http: HTTPService? = nil, omq: OMQService? = nil) {
        self.http = http
        self.omq = omq
    }
}

/// The ports that were bound; `nil` for a listener that was not asked for.
public struct ListenerPorts: Sendable, Equatable {
    public var http: UInt16?
    public var omq: UInt16?
    /// Of message-queue listeners without encryption, each for one caller; only ledgers have some.
    public var plain: [UInt16]

    public init(http: UInt16? = nil, omq: UInt16? = nil, plain: [UInt16] = []) {
        self.http = http
        self.omq = omq
        self.plain = plain
    }
}

/// Why bytes did not get through.
public enum TransportError: Error, Equatable, CustomStringConvertible {
    /// A listener's address is taken or not ours.
    case cannotListen(address: String, reason: String)
    /// Nobody listens there, or the connection broke.
    case unreachable(address: String, reason: String)
    case timedOut(address: String, after: Duration)
    /// The transport was closed.
    case closed

    public var description: String {
        switch self {
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .unreachable(let address, let reason): "cannot reach \(address): \(reason)"
        case .timedOut(let address, let limit): "\(address) did not answer within \(limit)"
        case .closed: "the transport is closed"
        }
    }
}
