import NodeRuntime
import SessionProtocol

/// The commands a transport is running for its callers. Lives with the ``PollLoop``; the commands themselves do not.
struct OMQCalls {
    private struct Call {
        var task: Task<Void, Never>
        var category: String
    }

    private let endpoint: UInt64
    private let thread: PollThread
    private let executor: (any TaskExecutor)?
    private var running: [UInt64: Call] = [:]
    private var countByCategory: [String: Int] = [:]
    private var lastID: UInt64 = 0

    /// - Parameter executor: where commands run; `nil` for the pool that all share.
    init(endpoint: UInt64, thread: PollThread, executor: (any TaskExecutor)?) {
        self.endpoint = endpoint
        self.thread = thread
        self.executor = executor
    }

    /// Starts `command`; the endpoint's `finished(call:reply:to:)` is called with what comes out.
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
        let task = Task.detached(executorPreference: executor) {
            let data = await command.run(call)
            let reply = tag.flatMap { tag in data.map { [Bytes("REPLY".utf8), tag] + $0 } }
            thread.submit { $0.endpoints[endpoint]?.finished(call: id, reply: reply, to: call.caller.connection) }
        }
        running[id] = Call(task: task, category: category)
        return true
    }

    mutating func finished(_ id: UInt64) {
        guard let call = running.removeValue(forKey: id) else { return }
        countByCategory[call.category, default: 1] -= 1
    }

    mutating func cancelAll() {
        for call in running.values { call.task.cancel() }
        running = [:]
        countByCategory = [:]
    }
}
