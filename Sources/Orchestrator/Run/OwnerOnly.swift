import Foundation
import SessionProtocol

/// Makes files and directories that nobody but this user may read: whoever knows a run's seed has all its private keys.
public enum OwnerOnly {
    static let directoryMode: mode_t = 0o700
    /// Of a file.
    public static let fileMode: mode_t = 0o600

    /// Makes a directory, and what is missing above it, or closes the one that is there.
    /// - Throws: ``RunError/cannotWrite(path:reason:)``
    static func makeDirectory(_ path: String) throws(RunError) {
        if mkdir(path, directoryMode) == 0 { return }
        switch errno {
        case EEXIST: try close(path)
        case ENOENT:
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
            guard parent != path, parent != "/" else { throw failure(path) }
            try makeDirectory(parent)
            guard mkdir(path, directoryMode) == 0 || errno == EEXIST else { throw failure(path) }
        default: throw failure(path)
        }
    }

    /// An older version may have left it open to others.
    private static func close(_ path: String) throws(RunError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            errno = ENOTDIR
            throw failure(path)
        }
        guard status.st_mode & 0o777 != directoryMode else { return }
        guard chmod(path, directoryMode) == 0 else { throw failure(path) }
    }

    /// Writes a whole file, in place of one that is there: whoever reads it meets the old one or the new one.
    /// - Throws: ``RunError/cannotWrite(path:reason:)``
    static func write(_ bytes: Bytes, to path: String) throws(RunError) {
        let draft = "\(path).new"
        unlink(draft)
        let file = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, fileMode)
        guard file >= 0 else { throw failure(path) }
        let problem = WholeWrite.write(bytes, to: file)
        guard Glibc.close(file) == 0 || problem != 0, problem == 0, rename(draft, path) == 0 else {
            let reason = problem == 0 ? errno : problem
            unlink(draft)
            throw .cannotWrite(path: path, reason: String(cString: strerror(reason)))
        }
    }

    /// - Throws: ``RunError/cannotWrite(path:reason:)`` when nothing can be written in a folder, on a full disk for instance.
    static func requireRoom(in folder: String) throws(RunError) {
        let probe = "\(folder)/.room"
        try write(Bytes(repeating: 0, count: 4_096), to: probe)
        unlink(probe)
    }

    private static func failure(_ path: String) -> RunError {
        .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
}
