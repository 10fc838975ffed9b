import CZMQ
import SessionCrypto
import SessionProtocol

/// The socket on which a participant accepts message-queue connections.
final class OMQListener {
    /// Whom a listener lets in.
    struct Admission {
        /// So many connections at once for everyone, and as many again for service nodes.
        var mostConnections = OpenConnections.most
        /// Milliseconds until a caller must have finished its handshake.
        var handshakeLimit = ZMQSocket.handshakeLimit
        var isServiceNode: (X25519PublicKey) -> Bool = { _ in false }
    }

    let port: UInt16

    private let socket: ZMQSocket
    private let endpoint: String
    private let connections: AcceptedConnections
    private unowned let loop: PollLoop
    private let onMessage: (ZMQSocket.Message) -> Void
    private var unread = UnreadAnswers()

    private static let mostReadsPerTurn = 128
    /// So many answers wait for one caller to read them. A caller may well ask a few thousand things at once.
    private static let mostUnread: Int32 = 10_000

    /// - Parameter keys: its CURVE keys; `nil` takes callers without encryption, who then have proved nothing.
    init(
        on address: IPv4Address, port wanted: UInt16, keys: X25519KeyPair?, admission: Admission = Admission(),
        loop: PollLoop, onMessage: @escaping (ZMQSocket.Message) -> Void
    ) throws(ZMQError) {
        self.loop = loop
        self.onMessage = onMessage
        let socket = try loop.makeSocket(ZMQ_ROUTER)
        self.socket = socket
        let domain = ZAPHandler.domain(of: socket)
        do {
            connections = try AcceptedConnections(of: socket, limit: admission.mostConnections, loop: loop)
        } catch {
            loop.close(socket)
            throw error
        }
        do {
            try socket.setCommonOptions(keys: keys)
            try socket.set(ZMQ_HANDSHAKE_IVL, admission.handshakeLimit)
            if keys != nil { try socket.set(ZMQ_CURVE_SERVER, 1) }
            // Without a domain nobody is asked who may connect.
            try socket.set(ZMQ_ZAP_DOMAIN, domain)
            try socket.set(ZMQ_ROUTER_HANDOVER, 1)
            // Or else libzmq would silently swallow what goes to a connection that is gone.
            try socket.set(ZMQ_ROUTER_MANDATORY, 1)
            try socket.set(ZMQ_BACKLOG, 1024)
            try socket.set(ZMQ_SNDHWM, Self.mostUnread)
            try socket.bind("tcp://\(address):\(wanted == 0 ? "*" : "\(wanted)")")
            endpoint = try socket.boundEndpoint()
            port = endpoint.split(separator: ":").last.flatMap { UInt16($0) } ?? wanted
            try loop.watch(socket)
        } catch {
            connections.stop()
            loop.close(socket)
            throw error
        }
        connections.port = port
        loop.doors[domain] = ZAPHandler.Door(isEncrypted: keys != nil) { [connections] key in
            connections.hasRoom(forServiceNode: key.map(admission.isServiceNode) ?? false)
        }
        socket.onReady = { [unowned self] in readAll() }
    }

    /// Frames go to `route` if it is still connected and reads what it is sent.
    func send(_ frames: [Bytes], to route: Bytes) {
        // A caller that is gone, or that leaves its answers unread, gets no more.
        defer { loop.touch(socket) }
        guard frames.contains(where: { $0.count >= UnreadAnswers.leastCounted }) else {
            _ = socket.send([route] + frames)
            return
        }
        let account = unread.account(of: route)
        guard !account.isFull else { return }
        _ = socket.send([route] + frames, countedIn: account)
    }

    func pause() { loop.unwatch(socket) }

    func resume() {
        do {
            try loop.watch(socket)
        } catch {
            preconditionFailure("a descriptor that epoll knew is refused: \(error)")
        }
        readAll()
    }

    /// Closes; the port is free when this returns.
    func close(linger: Int32) {
        unbind()
        loop.doors[ZAPHandler.domain(of: socket)] = nil
        connections.stop()
        loop.close(socket, linger: linger)
    }

    /// libzmq closes a listening socket on another thread some time after it is asked to. A node that starts again on
    /// the same port must not find it taken, so this waits for that thread, which waits for no peer.
    private func unbind() {
        if zmq_unbind(socket.raw, endpoint) == 0 { connections.waitUntilUnbound() }
    }

    private func readAll() {
        var reads = 0
        // Until nothing comes, which looks after the socket as reading its events would.
        while let message = socket.receive(withSender: true) {
            reads += 1
            onMessage(message)
            guard reads < Self.mostReadsPerTurn else { return loop.touch(socket) }
        }
    }
}
