import CSQLite
import Glibc

/// One open database file. Not thread-safe: it lives inside the actor that opened it.
final class SQLiteConnection {
    let path: String
    private let handle: OpaquePointer
    /// Whether SQLite has found anything in the file that cannot be.
    private(set) var hasFoundDamage = false

    /// - Parameter busyTimeout: how long to wait for another process's lock, in milliseconds.
    init(path: String, busyTimeout: Int32) throws(StorageError) {
        self.path = path
        Self.closeToOthers(path)
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            // A failed open still hands out a handle that must be released.
            sqlite3_close_v2(opened)
            throw .cannotOpen(path: path, message: message)
        }
        handle = opened
        sqlite3_busy_timeout(handle, busyTimeout)
    }

    /// Only the owner may read what is kept, in the files that SQLite puts beside the database as well: it gives them the
    /// database's mode.
    private static func closeToOthers(_ path: String) {
        // A file that exists is not opened here: closing it would let go of the locks of every connection in this process.
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        // What cannot be made is said by SQLite, which tries the same next.
        if file >= 0 { Glibc.close(file) } else { chmod(path, 0o600) }
    }

    // Statements hold the connection, so all of them are finalised before this runs.
    deinit { sqlite3_close_v2(handle) }

    /// Rows changed by the last statement, those changed by triggers not counted.
    var changedRows: Int { Int(sqlite3_changes(handle)) }

    /// The row of the last insertion.
    var lastRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Runs statements that return nothing of interest.
    func execute(_ sql: String, toDo operation: String) throws(StorageError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw lastError(operation) }
    }

    /// - Parameter operation: what the statement is for, for error texts: "store a message".
    func prepare(_ sql: String, toDo operation: String) throws(StorageError) -> SQLiteStatement {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw lastError(operation) }
        return SQLiteStatement(prepared, of: self, operation: operation)
    }

    /// Runs `body` in one write transaction; any error undoes all of it.
    func transaction<Result>(
        toDo operation: String, _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        // Taking the write lock at once makes the busy time-out apply; a later upgrade of a read lock fails at once.
        try execute("BEGIN IMMEDIATE", toDo: operation)
        do {
            let result = try body()
            try execute("COMMIT", toDo: operation)
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

    /// The error of the last call, as the store's callers see it.
    func lastError(_ operation: String) -> StorageError {
        let code = sqlite3_extended_errcode(handle)
        let message = String(cString: sqlite3_errmsg(handle))
        switch code & 0xff {
        case SQLITE_FULL: return .full
        case SQLITE_BUSY, SQLITE_LOCKED: return .locked(path: path)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            hasFoundDamage = true
            return .damaged(path: path, message: message)
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY: return .cannotOpen(path: path, message: message)
        default: return .failed(operation: operation, code: code, message: message)
        }
    }
}
