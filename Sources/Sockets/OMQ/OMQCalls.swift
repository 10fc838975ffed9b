import NodeRuntime
import SessionProtocol

/// The commands a transport is running for its callers. Lives with the ``PollLoop``; the commands themselves do not.
struct OMQCalls {
    private struct Call {
        var task: Task<Void, Never>
        var category: String
        var connection: OMQConnection
        var isLarge: Bool
        /// See ``starts``.
        var start: OneShot<Void>?
    }

    private let endpoint: UInt64
    private let thread: PollThread
    private let executor: (any TaskExecutor)?
    private let memory: MemoryReturn
    private var running: [UInt64: Call] = [:]
    private var countByCategory: [String: Int] = [:]
    /// The last call of each connection that may not have started: the next waits for that. Only where commands run in a
    /// pool; an executor starts its tasks in their order.
    private var starts: [OMQConnection: OneShot<Void>] = [:]
    private var lastID: UInt64 = 0

    /// - Parameter executor: where commands run; `nil` for the pool that all share.
    init(endpoint: UInt64, thread: PollThread, executor: (any TaskExecutor)?, memory: MemoryReturn) {
        self.endpoint = endpoint
        self.thread = thread
        self.executor = executor
        self.memory = memory
    }

    /// Starts `command`, after those that came over the same connection before; the endpoint's
    /// `finished(call:reply:to:)` is called with what comes out.
    /// - Returns: `false`, and nothing happens, when `limit` commands of the category are running already.
    mutating func run(
        _ command: OMQService.Command, _ call: OMQCall, tag: Bytes?, category: String, limit: Int?
    ) -> Bool {
        let count = countByCategory[category, default: 0]
        if let limit, count >= limit { return false }
        countByCategory[category] = count + 1
        lastID += 1
        let (id, endpoint, thread) = (lastID, endpoint, thread)
        // The end of a command comes back as work on the sockets, so it cannot be noted before its start is. Detached,
        // because the task that happens to be at the sockets has nothing to do with it.
        let serve = { @Sendable in
            let data = await command.run(call)
            let reply = tag.flatMap { tag in data.map { [Bytes("REPLY".utf8), tag] + $0 } }
            thread.submit { $0.endpoints[endpoint]?.finished(call: id, reply: reply, to: call.caller.connection) }
        }
        let connection = call.caller.connection
        let isLarge = Self.isLarge(call.parts)
        guard executor == nil else {
            let task = Task.detached(executorPreference: executor) { await serve() }
            running[id] = Call(task: task, category: category, connection: connection, isLarge: isLarge)
            return true
        }
        let (previous, start) = (starts[connection], OneShot<Void>())
        starts[connection] = start
        let task = Task.detached {
            await previous?.value(whenCancelled: ())
            await withTaskGroup(of: Void.self) { group in
                // Goes as far as it can without waiting for anything, and then the next may start.
                group.addImmediateTask { await serve() }
                start.give(())
            }
        }
        running[id] = Call(
            task: task, category: category, connection: connection, isLarge: isLarge, start: start)
        return true
    }

    private static func isLarge(_ parts: [Bytes]) -> Bool { parts.contains { $0.count > MemoryReturn.smallBytes } }

    mutating func finished(_ id: UInt64, _ reply: [Bytes]?) {
        guard let call = running.removeValue(forKey: id) else { return }
        if call.isLarge || reply.map(Self.isLarge) ?? false { memory.note() }
        if let start = call.start, starts[call.connection] === start { starts[call.connection] = nil }
        countByCategory[call.category, default: 1] -= 1
    }

    mutating func cancelAll() {
        for call in running.values { call.task.cancel() }
        running = [:]
        starts = [:]
        countByCategory = [:]
    }
}
