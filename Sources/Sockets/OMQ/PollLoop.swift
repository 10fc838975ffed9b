import CHost
import CZMQ
import Glibc

/// What the poll thread knows. Never leaves that thread, so nothing in it is locked.
///
/// It waits with epoll on every socket's descriptor: `zmq_poll` costs microseconds a socket and wake-up, and a
/// process may have thousands of sockets.
final class PollLoop {
    /// Every transport with something on this thread.
    var endpoints: [UInt64: OMQEndpoint] = [:]
    var isStopping = false

    private let context: ZMQContext
    private let epoll: Int32
    private let wake: Int32
    private var sockets: [UInt64: ZMQSocket] = [:]
    /// Sockets to look at before waiting: they were sent on, or had more to read than one turn allows.
    private var touched: [UInt64] = []
    private var deadlines = DeadlineHeap<() -> Void>()
    private var lastID: UInt64 = 0
    private var ready = [UInt64](repeating: 0, count: 256)
    private var zap: ZAPHandler?

    /// epoll's name for ``wake``; sockets count from 1.
    private static let wakeID: UInt64 = 0

    init(_ context: ZMQContext, wake: Int32) throws(ZMQError) {
        self.context = context
        self.wake = wake
        epoll = chost_epoll_create()
        guard epoll >= 0 else { throw ZMQError("epoll_create1") }
        do throws(ZMQError) {
            guard chost_epoll_add(epoll, wake, Self.wakeID) == 0 else { throw ZMQError("epoll_ctl") }
            // Must stand before the first listener: libzmq asks it about every connection.
            zap = try ZAPHandler(self)
        } catch {
            Glibc.close(epoll)
            throw error
        }
    }

    func newID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// A socket that is not watched yet, so that it can be set up or thrown away.
    func makeSocket(_ type: Int32) throws(ZMQError) -> ZMQSocket { try ZMQSocket(context, type: type, id: newID()) }

    /// Starts calling the socket's `onReady`.
    func watch(_ socket: ZMQSocket) throws(ZMQError) {
        guard chost_epoll_add(epoll, socket.descriptor, socket.id) == 0 else { throw ZMQError("epoll_ctl") }
        sockets[socket.id] = socket
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
    func touch(_ socket: ZMQSocket) { touched.append(socket.id) }

    func at(_ deadline: ContinuousClock.Instant, _ action: @escaping () -> Void) { deadlines.add(action, at: deadline) }

    /// Looks at what was touched or is due, then waits for the next thing to happen.
    func turn() {
        let now = touched
        touched.removeAll(keepingCapacity: true)
        for id in now { sockets[id]?.onReady() }
        while let action = deadlines.takeDue(at: .now) { action() }
        let count = chost_epoll_wait(epoll, &ready, Int32(ready.count), waitMilliseconds())
        for id in ready.prefix(max(0, Int(count))) {
            if id == Self.wakeID { chost_eventfd_clear(wake) } else { sockets[id]?.onReady() }
        }
    }

    func close() {
        for endpoint in endpoints.values { endpoint.close(linger: 0) }
        zap?.close(self)
        Glibc.close(epoll)
    }

    private func waitMilliseconds() -> Int32 {
        guard touched.isEmpty else { return 0 }
        guard let first = deadlines.first else { return -1 }
        let (seconds, attoseconds) = (first - .now).components
        // Rounded up: waking just before a deadline would only turn the loop once more.
        return Int32(clamping: max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
    }
}
