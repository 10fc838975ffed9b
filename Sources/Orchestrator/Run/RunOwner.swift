import Foundation

/// Another user's folder that this one may not look into. A run may be up in it: only its owner knows.
public struct ClosedFolder: Sendable, Equatable, CustomStringConvertible {
    public let name: String
    public let owner: String

    public var description: String { "\(name) (\(owner)'s)" }

    /// Those below a directory, in natural order of their names.
    public static func all(in parent: String) throws -> [ClosedFolder] {
        try RunDirectory.names(in: parent).compactMap { name in
            var status = stat()
            let path = RunDirectory(name: name, parent: parent).path
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
            do {
                try RunDirectory.requireOwn(path)
                return nil
            } catch RunError.notYours(_, let owner) {
                return ClosedFolder(name: name, owner: owner)
            }
        }
    }
}

extension RunDirectory {
    /// What lies in a folder of runs, in natural order.
    /// - Returns: nothing when there is no such folder.
    static func names(in parent: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: parent) else { return [] }
        try requireOwn(parent)
        return NaturalOrder.sorted(try FileManager.default.contentsOfDirectory(atPath: parent))
    }

    /// - Throws: ``RunError/notYours(path:owner:)`` for another user's run that this one may not use.
    public func requireOwn() throws(RunError) {
        try Self.requireOwn(parent)
        try Self.requireOwn(path)
        for file in [lock, controlSocket] { try Self.requireOwn(file, of: path) }
    }

    /// - Parameters:
    ///   - path: what must be open to this user, if it is there.
    ///   - whole: what is said to be somebody else's; `nil`: the path itself.
    /// - Throws: ``RunError/notYours(path:owner:)``
    static func requireOwn(_ path: String, of whole: String? = nil) throws(RunError) {
        var status = stat()
        // What is not there belongs to nobody, and what stands behind a closed folder was found with the folder.
        guard stat(path, &status) == 0, status.st_uid != geteuid() else { return }
        let needed = status.st_mode & S_IFMT == S_IFDIR ? R_OK | X_OK : R_OK | W_OK
        guard access(path, needed) != 0, errno == EACCES || errno == EPERM else { return }
        throw .notYours(path: whole ?? path, owner: userName(status.st_uid))
    }

    /// As the system knows a user.
    private static func userName(_ user: uid_t) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, let found, let name = found.pointee.pw_name
        else { return "user \(user)" }
        return String(cString: name)
    }
}
