import CHost
import NIOCore
import NIOPosix
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
    let memory: MemoryReturn
    let pollThread: PollThread
    /// Where what the process is asked runs, and where it should run its own tasks; `nil` for the pool that all share.
    public var taskExecutor: (any TaskExecutor)? { servingThread }
    /// ``taskExecutor`` as what it is.
    let servingThread: PollThread?
    private let zmq: ZMQContext
    private let certificates = Mutex<[TLSIdentity: TLSContext]>([:])
    private let lastID = Mutex<UInt64>(0)

    /// What large requests and answers are read into and written from goes back to the system when it is done with.
    private static let leastMappedBytes = 256 << 10

    /// - Parameters:
    ///   - threads: event loops for HTTP, and up to two I/O threads for ZeroMQ.
    ///   - tasksOnPollThread: whether requests are served on the thread that waits for the message queue's sockets. That
    ///     costs least, and is for a process with one node: a request that computes keeps all others waiting.
    /// - Throws: ``TransportError/cannotListen(address:reason:)`` when the system has no descriptors or threads left.
    public init(threads: Int = System.coreCount, tasksOnPollThread: Bool = false) throws(TransportError) {
        chost_map_large_blocks(Self.leastMappedBytes)
        do {
            zmq = try ZMQContext(
                ioThreads: threads > 1 ? 2 : 1,
                sockets: tasksOnPollThread ? SocketBudget.zmqSocketLimitOfOneNode : SocketBudget.zmqSocketLimit)
            pollThread = try PollThread(zmq)
        } catch {
            throw .cannotListen(address: "ZeroMQ", reason: "\(error)")
        }
        servingThread = tasksOnPollThread ? pollThread : nil
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
        poster = HTTPPoster(group: group)
        memory = MemoryReturn(group: group)
    }

    /// As many sockets as libzmq made room for.
    var mostQueueSockets: Int { zmq.mostSockets }

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
    func serverContext(for identity: TLSIdentity) throws -> TLSContext {
        try certificates.withLock { certificates in
            if let context = certificates[identity] { return context }
            let context = try TLSContext(serving: identity)
            certificates[identity] = context
            return context
        }
    }
}
