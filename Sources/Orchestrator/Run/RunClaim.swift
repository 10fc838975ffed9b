import Foundation
import SessionProtocol

/// Holds a run directory for one process. The kernel lets go when the process ends, however it ends, so a directory left by
/// a crash is simply taken over.
public final class RunClaim: Sendable {
    public let directory: RunDirectory
    private let descriptor: Int32
    private let name: RunName?

    /// Takes the directory, empties what an earlier run of the same name left, and points `latest` at it.
    /// - Throws: ``RunError/held(name:by:)`` when another process holds it, ``RunError/foreignDirectory(path:)`` for a
    ///   directory that no run made, ``RunError/notYours(path:owner:)``, ``RunError/cannotWrite(path:reason:)``.
    public init(_ directory: RunDirectory) throws {
        self.directory = directory
        try directory.requireOwn()
        try Self.makeParent(of: directory)
        name = try RunName(of: directory)
        try RunMark.require(in: directory)
        try OwnerOnly.makeDirectory(directory.path)
        descriptor = Glibc.open(directory.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, OwnerOnly.fileMode)
        guard descriptor >= 0 else {
            throw RunError.cannotWrite(path: directory.lock, reason: String(cString: strerror(errno)))
        }
        guard Self.lock(descriptor) else {
            // Closed by `deinit`, which runs for a throw from here on. Closing it twice could close somebody else's.
            throw RunError.held(name: directory.name, by: directory.holder ?? "another process")
        }
        try write("process \(getpid())\n")
        Self.close([directory.lock, directory.output])
        try RunMark.write(in: directory)
        try RunMark.removeRemains(in: directory)
        try OwnerOnly.makeDirectory(directory.nodes)
        try Self.pointLatest(at: directory)
    }

    deinit { Glibc.close(descriptor) }

    /// Whoever holds the name meets the lock in other hands only for the moment in which somebody looks whether it is held,
    /// or for as long as a process lives that holds no name.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<200 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(1_000)
        }
        return false
    }

    /// An older version may have left files open to others. What a link leads to is not the run's to close.
    private static func close(_ files: [String]) {
        for file in files {
            var status = stat()
            guard lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            chmod(file, OwnerOnly.fileMode)
        }
    }

    /// Everybody may look into the folder of all runs: it tells whose each run is.
    private static func makeParent(of directory: RunDirectory) throws(RunError) {
        do {
            try FileManager.default.createDirectory(atPath: directory.parent, withIntermediateDirectories: true)
        } catch {
            throw .cannotWrite(path: directory.path, reason: reason(of: error))
        }
    }

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

    /// Whether the path still leads to the directory that was claimed: somebody may have moved or removed it.
    var isInPlace: Bool {
        var (held, found) = (stat(), stat())
        guard fstat(descriptor, &held) == 0, stat(directory.lock, &found) == 0 else { return false }
        return held.st_dev == found.st_dev && held.st_ino == found.st_ino
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
