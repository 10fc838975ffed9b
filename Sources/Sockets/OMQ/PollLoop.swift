import CHost
import CZMQ
import Glibc
import SessionProtocol

/// Something to do at a time, unless it is given up before.
final class Deadline {
    fileprivate var action: (() -> Void)?

    fileprivate init(_ action: @escaping () -> Void) { self.action = action }
}

/// The ZeroMQ sockets of the process and what is to be done about them. Used by one thread at a time, which
/// ``PollThread`` sees to, so nothing in it is locked.
///
/// Sockets are waited for with epoll on their descriptors: `zmq_poll` costs microseconds a socket and wake-up, and a
/// process may have thousands of sockets.
final class PollLoop {
    /// Every transport with something here.
    var endpoints: [UInt64: OMQEndpoint] = [:]
    /// What listeners say to who wants to connect, by their ZAP domains.
    var doors: [Bytes: ZAPHandler.Door] = [:]
    var isStopping = false

    private let context: ZMQContext
    private let epoll: Int32
    private var sockets: [UInt64: ZMQSocket] = [:]
    /// Sockets to look at before waiting: they were sent on, or had more to read than one turn allows.
    private var touched: [UInt64] = []
    private var deadlines = DeadlineHeap<Deadline> { $0.action == nil }
    private var lastID: UInt64 = PollThread.wakeID
    private var zap: ZAPHandler?

    /// - Parameter epoll: stays the caller's.
    init(_ context: ZMQContext, epoll: Int32) throws(ZMQError) {
        self.context = context
        self.epoll = epoll
        // Must stand before the first listener: libzmq asks it about every connection.
        zap = try ZAPHandler(self)
    }

    func newID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// A socket that is not watched yet, so that it can be set up or thrown away.
    func makeSocket(_ type: Int32) throws(ZMQError) -> ZMQSocket { try ZMQSocket(context, type: type, id: newID()) }

    /// Starts calling the socket's `onReady`.
    func watch(_ socket: ZMQSocket) throws(ZMQError) {
        guard chost_epoll_add_edge(epoll, socket.descriptor, socket.id) == 0 else { throw ZMQError("epoll_ctl") }
        sockets[socket.id] = socket
        // A turn that came while it was not watched has passed it by.
        socket.isTouched = false
        touch(socket)
    }

    func unwatch(_ socket: ZMQSocket) {
        guard sockets.removeValue(forKey: socket.id) != nil else { return }
        chost_epoll_remove(epoll, socket.descriptor)
    }

    func close(_ socket: ZMQSocket, linger: Int32 = 0) {
        unwatch(socket)
        socket.onReady = {}
        socket.close(linger: linger)
    }

    /// Has the socket looked at before the next wait.
    func touch(_ socket: ZMQSocket) {
        guard !socket.isTouched else { return }
        socket.isTouched = true
        touched.append(socket.id)
    }

    /// Does something at a time, unless ``giveUp(_:)`` comes before.
    @discardableResult
    func at(_ time: ContinuousClock.Instant, _ action: @escaping () -> Void) -> Deadline {
        let deadline = Deadline(action)
        deadlines.add(deadline, at: time)
        return deadline
    }

    func giveUp(_ deadline: Deadline) {
        guard deadline.action != nil else { return }
        deadline.action = nil
        deadlines.sweep()
    }

    /// When the next deadline is.
    var nextDeadline: ContinuousClock.Instant? { deadlines.first }
    /// Whether ``turn(_:)`` has something to do before anything else happens.
    var isRestless: Bool { !touched.isEmpty || isStopping }

    /// Looks at sockets that are ready, were touched, or are due.
    func turn(_ ready: [UInt64]) {
        for id in ready { sockets[id]?.onReady() }
        if !touched.isEmpty {
            let now = touched
            touched.removeAll(keepingCapacity: true)
            for id in now {
                guard let socket = sockets[id] else { continue }
                socket.isTouched = false
                socket.onReady()
            }
        }
        while deadlines.first != nil, let deadline = deadlines.takeDue(at: .now) {
            // Before it acts, so that giving it up then means nothing.
            let action = deadline.action
            deadline.action = nil
            action?()
        }
    }

    func close() {
        for endpoint in endpoints.values { endpoint.close(linger: 0) }
        zap?.close(self)
    }
}
