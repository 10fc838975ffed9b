import CSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One open database file. Not thread-safe: it lives inside the actor that opened it.
final class SQLiteConnection {
    let path: String
    private let handle: OpaquePointer
    /// Whether SQLite has found anything in the file that cannot be.
    private(set) var hasFoundDamage = false
    /// Pages in the write-ahead log after the last commit.
    private(set) var logPages: Int64 = 0
    /// The length in bytes from which on the log is folded in.
    var logLimit: Int64 = 0
    var pageBytes: Int64 = 0
    /// `nil` where commits wait for all of it.
    var folding: LogFolding?
    /// Whether this connection made the tables, so that every statement fits them.
    var hasMadeTables = false
    /// The file and its log as they were opened.
    private var files: [FileIdentity?] = []

    /// - Parameters:
    ///   - busyTimeout: how long to wait for another process's lock, in milliseconds.
    ///   - isReadOnly: the file must be there then.
    init(path: String, busyTimeout: Int32, isReadOnly: Bool = false) throws(StorageError) {
        self.path = path
        _ = Self.takesPagesSingly
        Self.closeToOthers(path)
        var opened: OpaquePointer?
        let access = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let flags = access | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            // A failed open still hands out a handle that must be released.
            sqlite3_close_v2(opened)
            throw .cannotOpen(path: path, message: message)
        }
        handle = opened
        sqlite3_busy_timeout(handle, busyTimeout)
        // Memory for small things, which SQLite touches whole when it is set up: 120 KiB if nothing is said. Statements are
        // compiled once here, so little is wanted at a time.
        csqlite_set_lookaside(handle, 512, 32)
    }

    /// Pages are taken from memory one by one. If nothing is said each connection takes twenty at once, 170 KiB, most of which
    /// a node at rest never uses. Has to be said before the first file is opened; afterwards it is of no effect.
    private static let takesPagesSingly = csqlite_take_pages_singly() == SQLITE_OK

    /// Only the owner may read what is kept, in the files that SQLite puts beside the database as well: it gives them the
    /// database's mode.
    private static func closeToOthers(_ path: String) {
        // A file that exists is not opened here: closing it would let go of the locks of every connection in this process.
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        // What cannot be made is said by SQLite, which tries the same next.
        if file >= 0 { close(file) } else { chmod(path, 0o600) }
    }

    // Statements hold the connection, so all of them are finalised before this runs.
    deinit {
        // Or else the other connection would be the last, and tidy up behind this one.
        folding?.end()
        sqlite3_close_v2(handle)
    }

    /// Rows changed by the last statement, those changed by triggers not counted.
    var changedRows: Int { Int(sqlite3_changes(handle)) }

    /// The row of the last insertion.
    var lastRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Runs statements that return nothing of interest.
    func execute(_ sql: String, toDo operation: String) throws(StorageError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw lastError(operation) }
    }

    /// A statement to run later, which is tried out now unless it is bound to fit the tables.
    /// - Parameter operation: what the statement is for, for error texts: "store a message".
    func prepare(_ sql: String, toDo operation: String) throws(StorageError) -> SQLiteStatement {
        if !hasMadeTables { sqlite3_finalize(try compile(sql, toDo: operation)) }
        return SQLiteStatement(sql, of: self, operation: operation)
    }

    /// What ``SQLiteStatement`` runs; the caller finalises it.
    func compile(_ sql: String, toDo operation: String) throws(StorageError) -> OpaquePointer {
        var compiled: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &compiled, nil)
        guard code == SQLITE_OK, let compiled else { throw lastError(operation) }
        return compiled
    }

    /// Gives back the pages that opening the file has read or written.
    func giveBackMemory() { sqlite3_db_release_memory(handle) }

    /// Runs `body` in one write transaction; any error undoes all of it.
    func transaction<Result>(
        toDo operation: String, _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        // Taking the write lock at once makes the busy time-out apply; a later upgrade of a read lock fails at once.
        try execute("BEGIN IMMEDIATE", toDo: operation)
        do {
            let result = try body()
            try execute("COMMIT", toDo: operation)
            foldInLongLog()
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Undoes the transaction under way, if any: after some errors, a full disk among them, SQLite has done that already.
    func rollBack() {
        if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    }

    // MARK: The write-ahead log

    /// Notes after each commit how long the log is.
    func followLog() {
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().logPages = Int64(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// - Returns: whether all of it is in the file itself now.
    func foldInLog() -> Bool {
        var (inLog, folded): (Int32, Int32) = (0, 0)
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, &inLog, &folded)
        return code == SQLITE_OK && inLog == folded
    }

    /// Remembers which files these are.
    func rememberFiles() { files = identities }

    private var identities: [FileIdentity?] { ["", "-wal"].map { FileIdentity(ofFileAt: path + $0) } }

    /// - Throws: ``StorageError/damaged(path:message:)`` when the file or its log is not at its place any more: whatever is
    ///   written would be lost with this process.
    func requireOwnFiles() throws(StorageError) {
        let found = identities
        guard found != files else { return }
        hasFoundDamage = true
        throw .damaged(path: path, message: "the file or its log was removed or replaced while it was in use")
    }

    /// - Throws: ``StorageError/damaged(path:message:)`` when the log is not what was written to it.
    func requireOwnLog() throws(StorageError) {
        guard let header = logHeader, !WriteAheadLog.holds(header, at: "\(path)-wal") else { return }
        hasFoundDamage = true
        throw .damaged(path: path, message: "its write-ahead log was changed while it was in use")
    }

    /// What this connection believes to be in the log, from the index it shares with others. It is asked for through SQLite:
    /// opening the index's file once more and closing it would let go of SQLite's own locks on it.
    private var logHeader: WriteAheadLog.Header? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK, let file,
            let map = file.pointee.pMethods?.pointee.xShmMap
        else { return nil }
        var region: UnsafeMutableRawPointer?
        guard map(file, 0, 32_768, 0, &region) == SQLITE_OK, let region else { return nil }
        return WriteAheadLog.Header(index: UnsafeRawBufferPointer(start: region, count: 48))
    }

    // MARK: Errors

    /// Whether the disk could take what one transaction may need; SQLite says of a full disk and of a file that may not
    /// grow the same.
    private var hasRoom: Bool {
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else { return true }
        return UInt64(disk.f_bavail) * UInt64(disk.f_frsize) >= Self.leastRoom
    }

    /// In bytes.
    private static let leastRoom: UInt64 = 8 << 20

    /// The error of the last call, as the store's callers see it.
    func lastError(_ operation: String) -> StorageError {
        let code = sqlite3_extended_errcode(handle)
        let message = String(cString: sqlite3_errmsg(handle))
        switch code & 0xff {
        case SQLITE_FULL: return hasRoom ? .full : .diskFull(path: path)
        case SQLITE_BUSY, SQLITE_LOCKED: return .locked(path: path)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            hasFoundDamage = true
            return .damaged(path: path, message: message)
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY: return .cannotOpen(path: path, message: message)
        default: return .failed(operation: operation, code: code, message: message)
        }
    }
}
