#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension SQLiteMessageStore {
    /// Opens the file, or makes it. After an unclean stop every page is checked first; a damaged file, or one that is
    /// no database, is set aside under another name and a new one made.
    ///
    /// - Parameters:
    ///   - path: the database file. SQLite puts `-wal` and `-shm` files beside it.
    ///   - maximumBytes: the size the database may reach, 3.5 GiB as in the reference.
    ///   - busyTimeout: how long to wait for another process that has the file locked, in milliseconds. The calling
    ///     thread waits, so it is kept well below the reference's 15 s.
    ///   - whenWriting: told when writing begins to fail, and with `nil` when it works again.
    ///   - beside: has something done on a thread that may wait for the disk; `nil` lets whoever stores wait for it.
    /// - Throws: ``StorageError`` with the path, when the file cannot be opened, is locked, holds something else, or
    ///   cannot be set aside.
    public static func open(
        path: String, maximumBytes: Int = defaultMaximumBytes, busyTimeout: Int32 = 2_000,
        whenWriting: @escaping @Sendable (StorageError?) -> Void = { _ in },
        beside: (@Sendable (_ work: @escaping @Sendable () -> Void) -> Void)? = nil
    ) throws(StorageError) -> (store: SQLiteMessageStore, condition: StoreCondition) {
        func file() throws(StorageError) -> MessageFile {
            try MessageFile(
                path: path, maximumBytes: maximumBytes, busyTimeout: busyTimeout, beside: beside,
                whenWriting: whenWriting)
        }
        let reason: String
        do throws(StorageError) {
            let file = try file()
            return (SQLiteMessageStore(file), file.wasChecked ? .checkedAfterUncleanStop : .sound)
        } catch {
            guard case .damaged(_, let message) = error else { throw error }
            reason = message
        }
        let other = try setAside(path)
        return (SQLiteMessageStore(try file()), .setAside(file: other, reason: reason))
    }

    /// Renames the file, and its side files with it if there are any, so that they still belong together.
    /// - Returns: its new name.
    private static func setAside(_ path: String) throws(StorageError) -> String {
        var number = 1
        while access("\(path).damaged-\(number)", F_OK) == 0 { number += 1 }
        let other = "\(path).damaged-\(number)"
        // The file itself goes last: cut short, this is done again at the next start.
        for suffix in ["-wal", "-shm", ""] where access(path + suffix, F_OK) == 0 {
            guard rename(path + suffix, other + suffix) == 0 else {
                let reason = String(cString: strerror(errno))
                throw .cannotOpen(path: path, message: "the damaged file cannot be renamed: \(reason)")
            }
        }
        return other
    }
}
