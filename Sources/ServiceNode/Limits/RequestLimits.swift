import NodeRuntime
import SessionProtocol
import Synchronization

/// What a node refuses because it is asked for too much (storage-node §2.1, §2.2, §12.1).
final class RequestLimits: Sendable {
    /// Where client requests come in. Each counts for itself.
    enum Entrance: Sendable {
        case https
        case queue
    }

    /// HTTP requests that may wait or run at once.
    static let workers = 1000
    /// Message-queue requests of one category that may wait or run at once. More are dropped without a reply.
    static let queueLengths = ["sn": 1000, "storage": 200, "monitor": 500]

    private let clock: any NodeClock
    private let isRateLimited: Bool
    private let workers: Int
    private let https = Mutex(RateLimiter())
    private let queue = Mutex(RateLimiter())
    private let running = Mutex(0)
    /// For large requests of clients, for copies of clients' requests from swarm peers, and for onions on their way: so
    /// that none of these keeps the others out.
    let clientRoom = WorkRoom()
    let copyRoom = WorkRoom()
    let relayRoom = WorkRoom()
    let pages = PageRoom()

    /// - Parameter workers: HTTP requests that may wait or run at once.
    init(clock: any NodeClock, isRateLimited: Bool, workers: Int = RequestLimits.workers) {
        self.clock = clock
        self.isRateLimited = isRateLimited
        self.workers = workers
    }

    /// Counts a client's request.
    /// - Parameter address: `nil` for peers that are not IPv4, which have no limit.
    /// - Returns: whether it may go on.
    func admit(_ address: IPv4Address?, at entrance: Entrance) -> Bool {
        guard isRateLimited, let address else { return true }
        let now = clock.uptime
        return switch entrance {
        case .https: https.withLock { $0.admit(address, at: now) }
        case .queue: queue.withLock { $0.admit(address, at: now) }
        }
    }

    /// Runs the handler of an HTTP request.
    /// - Returns: `nil`, without running it, when too many are under way.
    func asWorker<Reply>(_ handle: () async -> Reply) async -> Reply? {
        let isFree = running.withLock { running in
            guard running < workers else { return false }
            running += 1
            return true
        }
        guard isFree else { return nil }
        defer { running.withLock { $0 -= 1 } }
        return await handle()
    }
}
