import Logging
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization

/// A participant on real sockets: OxenMQ over CURVE ZeroMQ, and HTTP with or without TLS (storage-node §2.1, §2.2).
public final class SocketTransport: Transport {
    /// What a participant brings along.
    public struct Configuration: Sendable {
        /// Outgoing connections come from here, so that peers see who calls. ``IPv4Address/unknown`` leaves it to the
        /// system.
        public var address: SessionProtocol.IPv4Address
        /// What the listeners bind.
        public var listenAddress: SessionProtocol.IPv4Address
        /// 0 lets the system choose.
        public var httpPort: UInt16
        /// 0 lets the system choose.
        public var omqPort: UInt16
        /// Listeners without encryption beside the message queue's own.
        public var plainListeners: [PlainListener] = []
        /// `nil` serves plain HTTP.
        public var tls: TLSIdentity?
        /// CURVE keys of the listener and of every outgoing connection.
        public var keys: X25519KeyPair
        /// For logs.
        public var name: String
        /// The `Server` header of HTTP answers that have none of their own; `nil` for none.
        public var serverHeader: String?
        /// So many connections are served at once over HTTP, and as many at every listener of the message queue. Further
        /// ones are closed as they come; service nodes' have room beside them in the message queue.
        public var mostConnections = OpenConnections.most
        /// Milliseconds until who connects to the message queue must have finished the handshake (storage-node §2.2).
        var handshakeLimit = ZMQSocket.handshakeLimit
        /// How long nothing may move on an HTTP connection that waits for its peer (storage-node §2.1).
        var httpIdleLimit = HTTPServing.usualIdleLimit
        /// How long a link that is not the ledger's may be unused (storage-node §2.2).
        var idleLimit = Duration.seconds(30)

        /// - Parameter listenAddress: `address` when `nil`.
        public init(
            address: SessionProtocol.IPv4Address, listenAddress: SessionProtocol.IPv4Address? = nil,
            httpPort: UInt16 = 0, omqPort: UInt16 = 0, tls: TLSIdentity? = nil, keys: X25519KeyPair, name: String,
            serverHeader: String? = nil
        ) {
            self.address = address
            self.listenAddress = listenAddress ?? address
            self.httpPort = httpPort
            self.omqPort = omqPort
            self.tls = tls
            self.keys = keys
            self.name = name
            self.serverHeader = serverHeader
        }
    }

    private struct State {
        var isClosed = false
        var listener: HTTPListener?
        var posts: [Int: Task<Result<HTTPReply, TransportError>, Never>] = [:]
        var lastPost = 0
    }

    private let configuration: Configuration
    private let process: SocketProcess
    private let endpoint: UInt64
    private let gate = Gate()
    private let tags = RequestTags()
    private let state = Mutex(State())

    /// On ``close()``, what was handed over gets so long to be sent. Milliseconds, in the background.
    private static let linger: Int32 = 200

    /// Opens nothing yet. Must be closed in the end, by ``close()`` or ``drop()``.
    public init(_ configuration: Configuration, process: SocketProcess, log: Logger) {
        self.configuration = configuration
        self.process = process
        var log = log
        log[metadataKey: "transport"] = "\(configuration.name)"
        endpoint = process.newEndpointID()
        let settings = OMQEndpoint.Settings(
            address: configuration.address, listenAddress: configuration.listenAddress, port: configuration.omqPort,
            keys: configuration.keys, plainListeners: configuration.plainListeners,
            idleLimit: configuration.idleLimit, mostConnections: configuration.mostConnections,
            handshakeLimit: configuration.handshakeLimit)
        let calls = OMQCalls(
            endpoint: endpoint, thread: process.pollThread, executor: process.taskExecutor, memory: process.memory)
        process.pollThread.submit { [endpoint, log] loop in
            loop.endpoints[endpoint] = OMQEndpoint(endpoint, settings, loop: loop, calls: calls, log: log)
        }
    }

    // MARK: Listening

    /// Binds the listeners, the message queue's first. Call it at most once.
    /// - Throws: ``TransportError/cannotListen(address:reason:)``; then nothing stays open.
    public func open(_ services: TransportServices) async throws(TransportError) -> ListenerPorts {
        var ports = ListenerPorts()
        do {
            if let omq = services.omq {
                let bound = try await listen(omq)
                ports.omq = bound.first
                ports.plain = Array(bound.dropFirst())
            }
            if let http = services.http { ports.http = try await listen(http) }
        } catch {
            await close()
            throw error
        }
        return ports
    }

    private func listen(_ service: OMQService) async throws(TransportError) -> [UInt16] {
        let result = OneShot<Result<[UInt16], TransportError>>()
        let isRunning = process.pollThread.submit { [endpoint] loop in
            result.give(loop.endpoints[endpoint]?.open(service) ?? .failure(.closed))
        }
        if !isRunning { throw .closed }
        return try await result.value().get()
    }

    private func listen(_ service: @escaping HTTPService) async throws(TransportError) -> UInt16 {
        let tls = try configuration.tls.map { identity throws(TransportError) in
            do {
                return try process.serverContext(for: identity)
            } catch {
                throw .cannotListen(
                    address: "\(configuration.listenAddress):\(configuration.httpPort)",
                    reason: "\(identity.certificateFile) with \(identity.keyFile) cannot be used: \(error)")
            }
        }
        var serving = HTTPServing(
            service: service, gate: gate, serverHeader: configuration.serverHeader, date: process.date)
        serving.mostConnections = configuration.mostConnections
        serving.idleLimit = configuration.httpIdleLimit
        serving.executor = process.servingThread
        serving.memory = process.memory
        let listener = try await HTTPListener(
            configuration.listenAddress, port: configuration.httpPort, tls: tls, serving: serving,
            group: process.group)
        let isClosed = state.withLock { state in
            if !state.isClosed { state.listener = listener }
            return state.isClosed
        }
        if isClosed {
            await listener.close()
            throw .closed
        }
        return listener.port ?? configuration.httpPort
    }

    // MARK: Message queue

    /// A peer that cannot be connected to, or whose connection breaks, gives ``OMQOutcome/unreachable(_:)`` at once,
    /// and the next request tries to connect anew. Cancelling gives ``OMQOutcome/timedOut``.
    public func request(
        _ peer: OMQPeer, _ command: String, _ parts: [Bytes], timeout: Duration
    ) async -> OMQOutcome {
        let reply = OneShot<OMQOutcome>()
        let tag = tags.next()
        let deadline = ContinuousClock.now + timeout
        let isRunning = process.pollThread.submit { [endpoint] loop in
            if let endpoint = loop.endpoints[endpoint] {
                endpoint.request(peer, command, parts, tag: tag, until: deadline, reply: reply)
            } else {
                reply.give(.unreachable("the transport is closed"))
            }
        }
        guard isRunning else { return .unreachable("the transport is closed") }
        let outcome = await reply.value(whenCancelled: .timedOut)
        if Task.isCancelled { process.pollThread.submit { [endpoint] in $0.endpoints[endpoint]?.abandon(tag) } }
        return outcome
    }

    /// Works for connections a peer made to this transport and for those this transport made.
    public func push(_ command: String, _ parts: [Bytes], to connection: OMQConnection) {
        process.pollThread.submit { [endpoint] loop in
            loop.endpoints[endpoint]?.push([Bytes(command.utf8)] + parts, to: connection)
        }
    }

    // MARK: HTTP

    /// - Throws: ``TransportError/timedOut(address:after:)``, ``TransportError/unreachable(address:reason:)``, or
    ///   ``TransportError/closed``, also when the calling task is cancelled.
    public func post(_ request: OutgoingPost) async throws(TransportError) -> HTTPReply {
        guard let (id, task) = startPost(request) else { throw .closed }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        _ = state.withLock { $0.posts.removeValue(forKey: id) }
        return try result.get()
    }

    private func startPost(_ request: OutgoingPost) -> (Int, Task<Result<HTTPReply, TransportError>, Never>)? {
        let (gate, poster) = (gate, process.poster)
        let source = configuration.address == .unknown ? nil : configuration.address
        return state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastPost += 1
            // A task of its own, so that closing the transport can end it.
            let task = Task(executorPreference: process.taskExecutor) { () -> Result<HTTPReply, TransportError> in
                do {
                    try await gate.pass()
                    let reply = try await poster.post(request, from: source)
                    try await gate.pass()
                    return .success(reply)
                } catch {
                    return .failure(error as? TransportError ?? .closed)
                }
            }
            state.posts[state.lastPost] = task
            return (state.lastPost, task)
        }
    }

    // MARK: Holding and closing

    /// Stops everything where it is: what comes in waits unanswered, what should go out waits too, and every socket
    /// stays open. From outside it looks as if the process got a SIGSTOP, but that new connections still get through
    /// their handshakes.
    public func hold() {
        gate.shut()
        process.pollThread.submit { [endpoint] in $0.endpoints[endpoint]?.hold() }
    }

    /// Ends ``hold()``. What waited goes on; deadlines that passed meanwhile take effect.
    public func release() {
        process.pollThread.submit { [endpoint] in $0.endpoints[endpoint]?.release() }
        gate.open()
    }

    /// Stops serving, fails what waits and closes every connection; answers already given still go out. The ports are
    /// free when this returns.
    public func close() async { await end(linger: Self.linger) }

    /// Closes everything at once, as a crash would: nobody is told, and nothing is waited for that a peer could
    /// delay. The ports are free when this returns.
    public func drop() async { await end(linger: 0) }

    private func end(linger: Int32) async {
        let (listener, posts) = state.withLock { state in
            state.isClosed = true
            defer { state.listener = nil }
            return (state.listener, state.posts.values.map { $0 })
        }
        for post in posts { post.cancel() }
        let closed = OneShot<Void>()
        let isRunning = process.pollThread.submit { [endpoint] loop in
            loop.endpoints[endpoint]?.close(linger: linger)
            closed.give(())
        }
        await listener?.close()
        if isRunning { await closed.value() }
        // Last, as nothing can leave any more: what waits at the gate finds its connection gone.
        gate.open()
    }
}
