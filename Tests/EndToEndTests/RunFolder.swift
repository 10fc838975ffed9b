import CHost
import Foundation
import NodeRuntime
import Orchestrator
import SessionProtocol
import Testing

/// A folder for one test's runs. Whatever still runs in it at the end is killed, and the folder removed.
func withRunFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "e2e-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The system names processes' folders without links.
    let path = folder.resolvingSymlinksInPath().path
    defer {
        for process in ProcessTable.processes(in: path) { kill(process, SIGKILL) }
        // The system clears its temporary folder anyway.
        try? FileManager.default.removeItem(at: folder)
    }
    return try await body(path)
}

extension RunDirectory {
    /// The fields of every event of a kind, in the order of the log.
    func events(_ kind: EventKind) throws -> [[String: JSON]] {
        try String(contentsOfFile: events, encoding: .utf8).split(separator: "\n").compactMap {
            let event = try RecordedEvent(json: JSON(parsing: Bytes($0.utf8)))?.event
            return event?.kind == kind ? event?.fields : nil
        }
    }
}

/// What the kernel tells of processes.
enum ProcessTable {
    /// Living processes whose working directory is this folder. Zombies are dead.
    static func processes(in folder: String) -> [Int32] {
        // No entries means no processes, and one that ends meanwhile has no link.
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.filter { process in
            // A process that has just ended, or is not ours, has no link to read.
            let current = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(process)/cwd")
            return current == folder && isAlive(process)
        }.sorted()
    }

    static func isAlive(_ process: Int32) -> Bool {
        // No such file: no such process.
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let state = stat.split(separator: ")").last?.split(separator: " ").first
        else { return false }
        return state != "Z" && state != "X"
    }

    /// Resident memory in bytes.
    static func residentBytes(_ process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.split(separator: " ")[1])) * 1024
    }

    static func openDescriptors(_ process: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    }
}

/// Waits for the ends of processes that are not this one's children.
struct ProcessWatch {
    private let handles: [(process: Int32, pidfd: Int32)]

    /// Call it while they run: the kernel's handles then never mean other processes.
    init(_ processes: [Int32]) throws {
        handles = try processes.map { process in
            let pidfd = chost_pidfd_open(process)
            try #require(
                pidfd >= 0, "process \(process) cannot be watched: \(String(cString: strerror(errno)))")
            return (process, pidfd)
        }
    }

    /// - Returns: those that have not ended within a minute in all.
    func survivors() async -> [Int32] {
        await onThread {
            let deadline = ContinuousClock.now + .seconds(60)
            return handles.filter { handle in
                defer { close(handle.pidfd) }
                let rest = max(0, Int32((deadline - ContinuousClock.now) / .milliseconds(1)))
                var entry = pollfd(fd: handle.pidfd, events: Int16(POLLIN), revents: 0)
                return poll(&entry, 1, rest) != 1
            }.map(\.process)
        }
    }
}

/// Runs blocking code on a thread that nothing else needs.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { waiter in
        Thread.detachNewThread { waiter.resume(returning: body()) }
    }
}
