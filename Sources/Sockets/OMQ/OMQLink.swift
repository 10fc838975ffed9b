import CZMQ
import NodeRuntime
import SessionCrypto
import SessionProtocol

/// One outgoing connection: one TCP connection, no second try.
///
/// Reconnecting is left to the next request, which makes a new link. So a peer that is gone is known to be gone at
/// once (the attempt is refused), a peer that is back is reached by the very next request instead of after a
/// reconnect interval, and nothing of an old connection can be sent again on a new one: whatever was unanswered when
/// the connection broke has been reported as unreachable, and a copy that still went out would be a duplicate nobody
/// waits for. `ZMQ_IMMEDIATE` gives the same guarantee inside libzmq: its queue exists only between the end of the
/// handshake and the end of the connection.
final class OMQLink {
    enum Event {
        case message([Bytes])
        /// Nothing more will come; the text says why.
        case ended(String)
    }

    let id: UInt64
    let peer: OMQPeer
    /// Tags of requests that were queued or sent here and are not answered.
    var unanswered: Set<Bytes> = []
    private(set) var lastUse: ContinuousClock.Instant = .now

    private unowned let loop: PollLoop
    private let socket: ZMQSocket
    /// Tells how the attempt to connect goes. Ends with the handshake, because it costs two sockets.
    private var monitor: ZMQSocket?
    private var isUp = false
    /// Messages that wait for the handshake, or for a peer that reads nothing.
    private var waiting: [(tag: Bytes?, frames: [Bytes])] = []
    private var sentSinceHeard = 0
    private let onEvent: (OMQLink, Event) -> Void

    /// More unheard messages than this wait on this side, so that a peer that stopped reading costs bounded memory
    /// here.
    private static let mostUnheard = 1000
    private static let mostReadsPerTurn = 128

    init(
        to peer: OMQPeer, from source: IPv4Address, keys: X25519KeyPair, loop: PollLoop,
        onEvent: @escaping (OMQLink, Event) -> Void
    ) throws(ZMQError) {
        self.peer = peer
        self.loop = loop
        self.onEvent = onEvent
        socket = try loop.makeSocket(ZMQ_DEALER)
        id = socket.id
        do {
            try socket.setCommonOptions(keys: keys)
            try socket.set(ZMQ_CURVE_SERVERKEY, peer.publicKey.bytes)
            // Not set for the others: libzmq and the listener then agree on a random id.
            if peer.role == .serviceNode { try socket.set(ZMQ_ROUTING_ID, [UInt8(ascii: "L")] + keys.publicKey.bytes) }
            try socket.set(ZMQ_RECONNECT_IVL, -1)
            try socket.set(ZMQ_IMMEDIATE, 1)
            // Without a limit in libzmq, "cannot send" means that the connection is gone; the limit is `mostUnheard`.
            try socket.set(ZMQ_SNDHWM, 0)
            // Only for TCP's part, which the system answers even for a busy peer. Where packets vanish TCP tries again
            // after one second, then ever more rarely: a new link is sooner at a peer that is back.
            try socket.set(ZMQ_CONNECT_TIMEOUT, 2_000)
            try startMonitor()
            try socket.connect(Self.endpoint(peer, source))
            try loop.watch(socket)
        } catch {
            close(linger: 0)
            throw error
        }
        socket.onReady = { [unowned self] in look() }
        if peer.role != .serviceNode { waiting.append((nil, [Bytes("HI".utf8)])) }
    }

    /// Sends a request, unless its tag leaves ``unanswered`` before it can go out.
    func request(_ tag: Bytes, _ frames: [Bytes]) {
        unanswered.insert(tag)
        enqueue(tag, frames)
    }

    func send(_ frames: [Bytes]) { enqueue(nil, frames) }

    private func enqueue(_ tag: Bytes?, _ frames: [Bytes]) {
        lastUse = .now
        waiting.append((tag, frames))
        // The look that follows sends it, together with all else that was handed over in the meantime.
        loop.touch(socket)
    }

    /// Leaves everything that happens to the connection unnoticed until ``resume()``.
    func pause() {
        loop.unwatch(socket)
        if let monitor { loop.unwatch(monitor) }
    }

    func resume() throws(ZMQError) {
        try loop.watch(socket)
        if let monitor { try loop.watch(monitor) }
        look()
    }

    func close(linger: Int32) {
        stopMonitor()
        loop.close(socket, linger: linger)
    }

    private static func endpoint(_ peer: OMQPeer, _ source: IPv4Address) -> String {
        let target = "\(peer.address):\(peer.port)"
        return source == .unknown ? "tcp://\(target)" : "tcp://\(source):0;\(target)"
    }

    private func look() {
        var reads = 0
        // What a message brings about may close the socket.
        while socket.isOpen {
            let events = socket.events
            if events.canReceive, reads < Self.mostReadsPerTurn {
                guard let message = socket.receive() else { return }
                reads += 1
                sentSinceHeard = 0
                lastUse = .now
                onEvent(self, .message(message.frames))
            } else if events.canReceive {
                return loop.touch(socket)
            } else {
                return lookAtSending(canSend: events.canSend)
            }
        }
    }

    private func lookAtSending(canSend: Bool) {
        guard canSend else {
            if isUp { onEvent(self, .ended("the connection broke")) }
            return
        }
        if !isUp {
            isUp = true
            stopMonitor()
        }
        var sent = 0
        while sent < waiting.count, sentSinceHeard < Self.mostUnheard {
            let (tag, frames) = waiting[sent]
            let isWanted = tag.map { unanswered.contains($0) } ?? true
            if isWanted {
                guard socket.send(frames) else { break }
                sentSinceHeard += 1
            }
            sent += 1
        }
        waiting.removeFirst(sent)
        // Behind the limit, what nobody waits for any more must not pile up.
        if sentSinceHeard >= Self.mostUnheard {
            waiting.removeAll { message in message.tag.map { !unanswered.contains($0) } ?? false }
        }
        guard sent > 0 else { return }
        loop.touch(socket)
    }

    // MARK: While connecting

    private func startMonitor() throws(ZMQError) {
        let endpoint = "inproc://link.\(id)"
        let wanted =
            ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
            | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
        guard zmq_socket_monitor(socket.raw, endpoint, wanted) == 0 else { throw ZMQError("zmq_socket_monitor") }
        let monitor = try loop.makeSocket(ZMQ_PAIR)
        self.monitor = monitor
        try monitor.connect(endpoint)
        try loop.watch(monitor)
        monitor.onReady = { [unowned self] in lookAtMonitor() }
    }

    private func stopMonitor() {
        guard let monitor else { return }
        self.monitor = nil
        // In this order: an event for a monitor without a reader blocks libzmq's thread for good, and this one with it.
        zmq_socket_monitor(socket.raw, nil, 0)
        loop.close(monitor)
    }

    private func lookAtMonitor() {
        // An attempt that succeeded and broke again since must still deliver what came in between.
        look()
        while let monitor, monitor.events.canReceive {
            guard let event = monitor.receive()?.frames.first, event.count >= 2 else { continue }
            let kind = Int32(event[0]) | Int32(event[1]) << 8
            let isRefusal = kind == ZMQ_EVENT_CLOSED
            return onEvent(
                self, .ended(isRefusal ? "no connection could be made" : "the connection broke during the handshake"))
        }
    }
}
