import NIOCore
import NIOPosix
import NIOSSL
import NodeRuntime
import SessionProtocol
import Synchronization

/// What all transports of one process share: one ZeroMQ context with its poll thread, one event loop group, one HTTP
/// client.
///
/// A process with a hundred nodes has as many threads as a process with one.
public final class SocketProcess: Sendable {
    let group: MultiThreadedEventLoopGroup
    let poster: HTTPPoster
    let date = HTTPDate()
    let pollThread: PollThread
    /// Where what the process is asked runs, and where it should run its own tasks; `nil` for the pool that all share.
    public let taskExecutor: (any TaskExecutor)?
    private let zmq: ZMQContext
    private let certificates = Mutex<[TLSIdentity: NIOSSLContext]>([:])
    private let lastID = Mutex<UInt64>(0)

    /// - Parameters:
    ///   - threads: event loops for HTTP, and up to two I/O threads for ZeroMQ.
    ///   - tasksOnPollThread: whether requests are served on the thread that waits for the message queue's sockets. That
    ///     costs least, and is for a process with one node: a request that computes keeps all others waiting.
    /// - Throws: ``TransportError/cannotListen(address:reason:)`` when the system has no descriptors or threads left.
    public init(threads: Int = System.coreCount, tasksOnPollThread: Bool = false) throws(TransportError) {
        do {
            zmq = try ZMQContext(ioThreads: threads > 1 ? 2 : 1)
            pollThread = try PollThread(zmq)
        } catch {
            throw .cannotListen(address: "ZeroMQ", reason: "\(error)")
        }
        taskExecutor = tasksOnPollThread ? pollThread : nil
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
        poster = HTTPPoster(group: group)
    }

    /// Ends the threads and closes whatever is still open. Close the transports first, and use nothing afterwards.
    public func shutdown() async {
        await pollThread.stop()
        zmq.terminate()
        await poster.shutdown()
        // Fails only when it was shut down before.
        try? await group.shutdownGracefully()
    }

    func newEndpointID() -> UInt64 {
        lastID.withLock { last in
            last += 1
            return last
        }
    }

    /// The TLS side of a listener; made once for each identity, as every node of a run has the same one.
    func serverContext(for identity: TLSIdentity) throws -> NIOSSLContext {
        try certificates.withLock { certificates in
            if let context = certificates[identity] { return context }
            let context = try identity.serverContext()
            certificates[identity] = context
            return context
        }
    }
}
