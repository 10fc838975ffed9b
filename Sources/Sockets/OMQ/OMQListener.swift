import CZMQ
import SessionCrypto
import SessionProtocol

/// The socket on which a participant accepts message-queue connections.
final class OMQListener {
    let port: UInt16

    private let socket: ZMQSocket
    private let endpoint: String
    private unowned let loop: PollLoop
    private let onMessage: (ZMQSocket.Message) -> Void
    private var unread = UnreadAnswers()

    private static let mostReadsPerTurn = 128
    /// So many answers wait for one caller to read them. A caller may well ask a few thousand things at once.
    private static let mostUnread: Int32 = 10_000

    /// - Parameter keys: its CURVE keys; `nil` takes callers without encryption, who then have proved nothing.
    init(
        on address: IPv4Address, port wanted: UInt16, keys: X25519KeyPair?, loop: PollLoop,
        onMessage: @escaping (ZMQSocket.Message) -> Void
    ) throws(ZMQError) {
        self.loop = loop
        self.onMessage = onMessage
        let socket = try loop.makeSocket(ZMQ_ROUTER)
        self.socket = socket
        do {
            try socket.setCommonOptions(keys: keys)
            if keys != nil {
                try socket.set(ZMQ_CURVE_SERVER, 1)
                // Without a domain nobody is asked who may connect, and the handler would refuse whoever has no key.
                try socket.set(ZMQ_ZAP_DOMAIN, ZAPHandler.domain)
            }
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
            loop.close(socket)
            throw error
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
        loop.close(socket, linger: linger)
    }

    /// libzmq closes a listening socket on another thread some time after it is asked to. A node that starts again on
    /// the same port must not find it taken, so this waits for that thread, which waits for no peer.
    private func unbind() {
        let name = "inproc://listener.\(socket.id)"
        guard zmq_socket_monitor(socket.raw, name, ZMQ_EVENT_CLOSED) == 0 else { return }
        do {
            let monitor = try loop.makeSocket(ZMQ_PAIR)
            defer { monitor.close(linger: 0) }
            try monitor.set(ZMQ_RCVTIMEO, 1000)
            try monitor.connect(name)
            guard zmq_unbind(socket.raw, endpoint) == 0 else { return }
            monitor.waitForMessage()
        } catch {
            // The port stays taken for a moment longer; the close that follows frees it.
            return
        }
    }

    private func readAll() {
        var reads = 0
        while socket.events.canReceive {
            guard reads < Self.mostReadsPerTurn else { return loop.touch(socket) }
            guard let message = socket.receive(withSender: true) else { return }
            reads += 1
            onMessage(message)
        }
    }
}

extension ZMQSocket {
    /// Blocks until one message came and drops it, or until the socket's receive time-out.
    fileprivate func waitForMessage() {
        var part = zmq_msg_t()
        zmq_msg_init(&part)
        zmq_msg_recv(&part, raw, 0)
        zmq_msg_close(&part)
    }
}
