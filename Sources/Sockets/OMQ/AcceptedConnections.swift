import CHost
import CZMQ
import Glibc

/// The connections that a message-queue listener has accepted and that have not ended, as libzmq's monitor tells them.
///
/// One counts from its acceptance, so one that never finishes its handshake counts for as long as libzmq lets it try.
final class AcceptedConnections {
    /// The listener's port, once it is bound.
    var port: UInt16 = 0

    private let listener: ZMQSocket
    private let monitor: ZMQSocket
    private let limit: Int
    private unowned let loop: PollLoop
    /// Names that the system gives again at once, so that what ended unheard of is replaced sooner or later.
    private var descriptors: Set<Int32> = []
    private var nextCheck: ContinuousClock.Instant = .now

    private static let checkInterval = Duration.seconds(1)

    /// Must be called before the listener is bound, and ``stop()`` before it is closed.
    /// - Parameter limit: so many connections at once for everyone, and as many again for service nodes.
    init(of listener: ZMQSocket, limit: Int, loop: PollLoop) throws(ZMQError) {
        self.listener = listener
        self.limit = limit
        self.loop = loop
        let name = "inproc://listener.\(listener.id)"
        let monitor = try loop.makeSocket(ZMQ_PAIR)
        self.monitor = monitor
        do throws(ZMQError) {
            // Without a limit: an event that finds no room blocks libzmq's thread, and then whoever asks it for anything.
            try monitor.set(ZMQ_RCVHWM, 0)
            try monitor.set(ZMQ_RCVTIMEO, 1000)
            let wanted = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED
            guard zmq_socket_monitor(listener.raw, name, wanted) == 0 else { throw ZMQError("zmq_socket_monitor") }
            try monitor.connect(name)
            try loop.watch(monitor)
        } catch {
            stop()
            throw error
        }
        monitor.onReady = { [unowned self] in look() }
    }

    /// Whether a connection that was accepted lately, and counts already, may stay.
    func hasRoom(forServiceNode isServiceNode: Bool) -> Bool {
        look()
        if descriptors.count > limit { forgetEnded() }
        return descriptors.count <= (isServiceNode ? mostOfAll : limit)
    }

    /// Blocks until libzmq has closed the listening socket, which it does on another thread and waits for no peer.
    func waitUntilUnbound() {
        while let message = monitor.receive(waits: true) {
            if note(message) == ZMQ_EVENT_CLOSED { return }
        }
    }

    func stop() {
        // In this order: an event for a monitor without a reader blocks libzmq's thread for good, and this one with it.
        zmq_socket_monitor(listener.raw, nil, 0)
        loop.close(monitor)
    }

    private var mostOfAll: Int { 2 * limit }

    private func look() {
        while monitor.events.canReceive, let message = monitor.receive() { _ = note(message) }
    }

    /// - Returns: what happened.
    private func note(_ message: ZMQSocket.Message) -> Int32? {
        guard let event = message.frames.first, event.count == 6 else { return nil }
        let kind = Int32(event[0]) | Int32(event[1]) << 8
        let descriptor = event[2...].withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
        guard kind == ZMQ_EVENT_ACCEPTED else {
            descriptors.remove(descriptor)
            return kind
        }
        descriptors.insert(descriptor)
        // Nobody would ask about one that starts no handshake. Ending it is left to libzmq, which notices: the descriptor
        // is not ours to close. That it may be another connection's by now is looked at first.
        if descriptors.count > mostOfAll, isOpen(descriptor) { shutdown(descriptor, Int32(SHUT_RDWR)) }
        return kind
    }

    /// libzmq does not tell when it closes a connection whose routing id another one took over, and it keeps one for ever
    /// that still sends after that and then goes away.
    private func forgetEnded() {
        guard nextCheck <= .now else { return }
        nextCheck = .now + Self.checkInterval
        descriptors = descriptors.filter(isOpen)
    }

    private func isOpen(_ descriptor: Int32) -> Bool { chost_is_connected(descriptor, port) == 1 }
}
