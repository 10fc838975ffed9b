import Foundation
import SessionProtocol

/// How a run makes its files and folders: whole or not at all, and with the system's own words when that fails.
enum RunFile {
    /// Replaces a file; whoever reads it meanwhile sees the old one or the new one.
    /// - Throws: ``RunError/cannotWrite(path:reason:)``
    static func write(_ bytes: Bytes, to path: String) throws(RunError) {
        let draft = "\(path).new-\(getpid())"
        let file = Glibc.open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(path) }
        var code = WholeWrite.write(bytes, to: file)
        // Some file systems tell only now that there was no room.
        if Glibc.close(file) != 0, code == 0 { code = errno }
        if code == 0, rename(draft, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(draft)
            throw failure(path, code)
        }
    }

    /// Makes a folder, with those it lies in; one that is there is left as it is.
    /// - Throws: ``RunError/cannotWrite(path:reason:)``
    static func makeFolder(_ path: String) throws(RunError) {
        guard mkdir(path, 0o700) != 0 else { return }
        switch errno {
        case EEXIST where isFolder(path): return
        case ENOENT:
            let parent = (path as NSString).deletingLastPathComponent
            guard !parent.isEmpty, parent != path else { throw failure(path) }
            try makeFolder(parent)
            // Somebody else may have been faster.
            guard mkdir(path, 0o700) == 0 || (errno == EEXIST && isFolder(path)) else { throw failure(path) }
        default: throw failure(path)
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func failure(_ path: String, _ code: Int32 = errno) -> RunError {
        .cannotWrite(path: path, reason: String(cString: strerror(code)))
    }
}
