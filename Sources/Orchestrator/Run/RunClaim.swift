import Foundation
import SessionProtocol

/// Holds a run directory for one process. The kernel lets go when the process ends, however it ends, so a directory left by
/// a crash is simply taken over.
public final class RunClaim: Sendable {
    public let directory: RunDirectory
    private let descriptor: Int32

    /// Takes the directory, empties what an earlier run of the same name left, and points `latest` at it.
    /// - Throws: ``RunError/held(name:by:)`` when another process holds it.
    public init(_ directory: RunDirectory) throws {
        self.directory = directory
        try Self.refuseForeign(directory)
        do {
            try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        } catch {
            throw RunError.cannotWrite(path: directory.path, reason: Self.reason(of: error))
        }
        descriptor = Glibc.open(directory.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RunError.cannotWrite(path: directory.lock, reason: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // Closed by `deinit`, which runs for a throw from here on. Closing it twice could close somebody else's.
            let holder = try String(contentsOfFile: directory.lock, encoding: .utf8)
            throw RunError.held(name: directory.name, by: holder.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        try Self.empty(directory)
        try write("process \(getpid())\n")
        try Self.pointLatest(at: directory)
    }

    deinit { Glibc.close(descriptor) }

    /// The system's words, without the wrapping that only programs read.
    private static func reason(of error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        guard let underlying, underlying.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
        return String(cString: strerror(Int32(underlying.code)))
    }

    /// Says who holds the run, for whoever is refused.
    public func describe(_ text: String) throws { try write("process \(getpid()), \(text)\n") }

    private func write(_ text: String) throws {
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count else {
            throw RunError.cannotWrite(path: directory.lock, reason: String(cString: strerror(errno)))
        }
    }

    /// Claiming empties a directory, so one that no run made must not be claimed.
    private static func refuseForeign(_ directory: RunDirectory) throws {
        guard FileManager.default.fileExists(atPath: directory.path) else { return }
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        guard files.isEmpty || files.contains("lock") else { throw RunError.foreignDirectory(path: directory.path) }
    }

    /// Removes what an earlier run left, sockets of a crashed one included.
    private static func empty(_ directory: RunDirectory) throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path)
        where !["lock", "up.log"].contains(file) {
            try FileManager.default.removeItem(atPath: "\(directory.path)/\(file)")
        }
        try FileManager.default.createDirectory(atPath: directory.nodes, withIntermediateDirectories: true)
    }

    private static func pointLatest(at directory: RunDirectory) throws {
        // A new link renamed over the old one: two runs that start together never see it missing.
        let temporary = "\(directory.parent)/.latest-\(getpid())-\(directory.name)"
        unlink(temporary)
        guard symlink(directory.name, temporary) == 0, rename(temporary, "\(directory.parent)/latest") == 0 else {
            throw RunError.cannotWrite(path: "\(directory.parent)/latest", reason: String(cString: strerror(errno)))
        }
    }
}

/// Why a run cannot start, or cannot be found.
public enum RunError: Error, Equatable, CustomStringConvertible {
    case held(name: String, by: String)
    /// The directory holds files that no run wrote.
    case foreignDirectory(path: String)
    case cannotWrite(path: String, reason: String)
    case notRunning(name: String, parent: String)
    /// Its process is there and does not answer.
    case unresponsive(name: String, holder: String, after: Duration)
    /// No run was named, and several are up.
    case ambiguous(runs: [RunSummary])
    /// No run was named, none is up, and this one was the latest.
    case noneUp(latest: RunSummary)
    case noRuns(parent: String)
    /// It runs in virtual time, or did, so nobody can talk to it.
    case simulated(name: String, events: String)

    public var description: String {
        switch self {
        case .held(let name, let holder) where holder.contains("simulated"):
            "the run '\(name)' is under way, held by \(holder); wait for its end or choose another --name"
        case .held(let name, let holder):
            "the run '\(name)' is already up, held by \(holder); stop it with 'testnet down \(name)' or choose another --name"
        case .foreignDirectory(let path):
            "\(path) holds files that are not a run's, and a run would remove them; choose another --name or --logs"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        case .notRunning(let name, let parent):
            "the run '\(name)' in \(parent) is not up; start it with 'testnet up --name \(name)'"
        case .unresponsive(let name, let holder, let limit):
            "the run '\(name)' did not answer within \(limit); it is held by \(holder)"
        case .ambiguous(let runs):
            (["several runs are up; name one with --name:"] + runs.map { "  \($0.name) · \($0.traits)" })
                .joined(separator: "\n")
        case .noneUp(let latest):
            "no run is up in \(latest.directory.parent): the latest, '\(latest.name)' (\(latest.traits)), is not up; "
                + "start it with 'testnet up --name \(latest.name)'"
        case .noRuns(let parent): "there is no run in \(parent); start one with 'testnet up'"
        case .simulated(let name, let events):
            "the run '\(name)' is a simulation, which runs in virtual time and takes no commands; its log is in \(events)"
        }
    }
}
