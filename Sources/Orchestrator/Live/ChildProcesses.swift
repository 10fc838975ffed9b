import CHost
import Foundation
import SessionProtocol
import Synchronization

/// How a child ended.
enum ChildExit: Sendable, Equatable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    var description: String {
        switch self {
        case .code(let code): "exited with code \(code)"
        case .signal(let signal): "ended by signal \(signal)"
        }
    }
}

/// A child as its starter knows it.
struct Child: Sendable, Hashable {
    let processID: Int32
    /// The kernel's handle: it never means a later process of the same id.
    let pidfd: Int32
}

/// Starts this process's children, reads what they report and reaps them, all on one thread of its own.
///
/// The thread matters: a child asks the kernel to be killed with its parent, and the kernel takes the *thread* that started it
/// for the parent. So that thread must live as long as the children may.
final class ChildProcesses: Sendable {
    struct Command: Sendable {
        var executable: String
        /// Whether the executable is ours, and asks the kernel itself to end with this process. Another program is
        /// started through this one's executable, which asks in its place.
        var isOurs = true
        var arguments: [String]
        /// Where its standard output and error are appended.
        var output: String
    }

    private struct State {
        var requests: [@Sendable () -> Void] = []
        var exits: [Int32: @Sendable (ChildExit) -> Void] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())
    private let epoll: Int32
    private let wake: Int32
    private let reports: (read: Int32, write: Int32)
    private let onReport: @Sendable (Bytes) -> Void

    /// The descriptor on which a child finds the pipe for its reports: one line each.
    static let reportDescriptor: Int32 = 3
    private static let wakeID = UInt64.max
    private static let reportsID = UInt64.max - 1

    /// - Parameter onReport: takes each line a child writes to its report descriptor, without the line end.
    init(onReport: @escaping @Sendable (Bytes) -> Void) throws(ChildError) {
        self.onReport = onReport
        epoll = chost_epoll_create()
        wake = chost_eventfd()
        var ends: [Int32] = [-1, -1]
        guard epoll >= 0, wake >= 0, chost_pipe(&ends) == 0 else { throw .systemCall("pipe", errno) }
        reports = (ends[0], ends[1])
        guard fcntl(reports.read, F_SETFL, O_NONBLOCK) == 0, chost_epoll_add(epoll, wake, Self.wakeID) == 0,
            chost_epoll_add(epoll, reports.read, Self.reportsID) == 0
        else { throw .systemCall("epoll_ctl", errno) }
        let thread = Thread { [self] in run() }
        thread.name = "children"
        thread.start()
    }

    /// Starts a child. `onExit` is called once, from the children's thread.
    func start(_ command: Command, onExit: @escaping @Sendable (ChildExit) -> Void) async throws(ChildError) -> Child {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Child, ChildError>, Never>) in
            let isRunning = submit { [self] in
                do throws(ChildError) {
                    let child = try spawn(command)
                    state.withLock { $0.exits[child.pidfd] = onExit }
                    continuation.resume(returning: .success(child))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if !isRunning { continuation.resume(returning: .failure(.closed)) }
        }
        return try result.get()
    }

    /// Sends a signal. Does nothing to a child that has ended.
    func signal(_ child: Child, _ signal: Int32) {
        state.withLock { state in
            // Under the lock the descriptor cannot be closed and reused in between.
            guard state.exits[child.pidfd] != nil else { return }
            _ = chost_pidfd_send_signal(child.pidfd, signal)
        }
    }

    /// Ends the thread. Children that still run are killed by the kernel when it ends.
    func close() {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            _ = chost_eventfd_signal(wake)
        }
    }

    /// - Returns: `false` when the thread has been told to end, and nothing will happen.
    private func submit(_ request: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.requests.append(request)
            // Under the lock: once it is closed the descriptor's number may be somebody else's.
            _ = chost_eventfd_signal(wake)
            return true
        }
    }

    private func run() {
        var ready = [UInt64](repeating: 0, count: 64)
        var partial = Bytes()
        while !state.withLock({ $0.isClosed }) {
            let count = chost_epoll_wait(epoll, &ready, Int32(ready.count), -1)
            guard count >= 0 else { break }
            for id in ready.prefix(Int(count)) {
                switch id {
                case Self.wakeID:
                    _ = chost_eventfd_clear(wake)
                    let requests = state.withLock { state in
                        defer { state.requests = [] }
                        return state.requests
                    }
                    for request in requests { request() }
                case Self.reportsID: readReports(&partial)
                default: reap(Int32(id))
                }
            }
            // A child's last words stand in the pipe before its end is seen: read them first.
            readReports(&partial)
        }
        // What was accepted before the end still gets its answer.
        for request in state.withLock({ $0.requests }) { request() }
        for descriptor in [epoll, wake, reports.read, reports.write] { Glibc.close(descriptor) }
    }

    private func readReports(_ partial: inout Bytes) {
        var buffer = Bytes(repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(reports.read, &buffer, buffer.count)
            guard count > 0 else { return }
            partial.append(contentsOf: buffer.prefix(count))
            while let end = partial.firstIndex(of: UInt8(ascii: "\n")) {
                onReport(Bytes(partial[..<end]))
                partial.removeSubrange(...end)
            }
        }
    }

    private func reap(_ pidfd: Int32) {
        var bySignal: Int32 = 0
        var status: Int32 = 0
        guard chost_reap(pidfd, &bySignal, &status) == 1 else { return }
        _ = chost_epoll_remove(epoll, pidfd)
        let onExit = state.withLock { $0.exits.removeValue(forKey: pidfd) }
        Glibc.close(pidfd)
        onExit?(bySignal != 0 ? .signal(status) : .code(status))
    }

    private func spawn(_ command: Command) throws(ChildError) -> Child {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, command.output, O_WRONLY | O_CREAT | O_APPEND, OwnerOnly.fileMode)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        posix_spawn_file_actions_adddup2(&actions, reports.write, Self.reportDescriptor)
        // Whatever else is open here, the ledger's listeners too, would stay open for as long as the child lives.
        guard chost_spawn_close_from(&actions, Self.reportDescriptor + 1) == 0 else {
            throw .systemCall("posix_spawn_file_actions_addclosefrom_np", errno)
        }
        // A group of its own: Ctrl-C at the terminal must reach this process only, which then stops its children in order.
        var flags = POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setpgroup(&attributes, 0)
        if !command.isOurs {
            // This thread blocks most signals, and a program that did not ask for that would not even notice SIGTERM.
            var none = sigset_t()
            sigemptyset(&none)
            posix_spawnattr_setsigmask(&attributes, &none)
            flags |= POSIX_SPAWN_SETSIGMASK
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var environment = ProcessInfo.processInfo.environment
        environment[String(cString: chost_parent_variable)] = String(getpid())
        if !command.isOurs { environment[String(cString: chost_program_variable)] = command.executable }
        let path = command.isOurs ? command.executable : NetworkSettings.thisProgram
        // What lists of processes show.
        let shown = command.executable == NetworkSettings.thisProgram ? CommandLine.arguments.first : nil
        var arguments = ([shown ?? command.executable] + command.arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var processID: pid_t = 0
        let error = posix_spawn(&processID, path, &actions, &attributes, &arguments, &variables)
        guard error == 0 else { throw .cannotStart(command.executable, error) }
        let pidfd = chost_pidfd_open(processID)
        guard pidfd >= 0, chost_epoll_add(epoll, pidfd, UInt64(pidfd)) == 0 else {
            throw .systemCall("pidfd_open", errno)
        }
        return Child(processID: processID, pidfd: pidfd)
    }
}

/// Why a child could not be started.
enum ChildError: Error, Equatable, CustomStringConvertible {
    case systemCall(String, Int32)
    case cannotStart(String, Int32)
    /// The network is going down.
    case closed

    var description: String {
        switch self {
        case .systemCall(let name, let code): "\(name) failed: \(String(cString: strerror(code)))"
        case .closed: "no child can be started any more"
        case .cannotStart(let path, let code): "cannot start \(path): \(String(cString: strerror(code)))"
        }
    }
}
