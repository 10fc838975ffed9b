import CSQLite
import SessionProtocol
import Synchronization

/// The blocks of a chain in one SQLite file with write-ahead logging, by height and without gaps.
///
/// Whatever a call acknowledged is in the hands of the operating system and outlives the process, however that ends.
/// Calls wait for each other; each is one short transaction.
public final class SQLiteBlockStore: Sendable {
    private struct Open {
        let connection: SQLiteConnection
        let insert: SQLiteStatement
        let truncate: SQLiteStatement
        let last: SQLiteStatement
        let all: SQLiteStatement
        let identity: SQLiteStatement
        let identify: SQLiteStatement

        init(path: String, busyTimeout: Int32) throws(StorageError) {
            connection = try SQLiteConnection(path: path, busyTimeout: busyTimeout)
            try BlockSchema.install(in: connection)
            insert = try connection.prepare("INSERT INTO blocks (height, content) VALUES (?, ?)", toDo: "append blocks")
            truncate = try connection.prepare("DELETE FROM blocks WHERE height >= ?", toDo: "drop blocks")
            last = try connection.prepare(
                "SELECT height FROM blocks ORDER BY height DESC LIMIT 1", toDo: "append blocks")
            all = try connection.prepare("SELECT height, content FROM blocks ORDER BY height", toDo: "read the blocks")
            identity = try connection.prepare("SELECT content FROM identity", toDo: "read whose blocks these are")
            identify = try connection.prepare(
                "INSERT INTO identity (id, content) VALUES (1, ?)", toDo: "say whose blocks these are")
        }

        func append(_ blocks: [StoredBlock]) throws(StorageError) {
            var last = try last.integer([])
            for block in blocks {
                guard let height = Int64(exactly: block.height), last.map({ height == $0 + 1 }) ?? true else {
                    throw .failed(
                        operation: "append blocks", code: SQLITE_CONSTRAINT,
                        message: "block \(block.height) does not follow block \(last ?? -1)")
                }
                try insert.run([.integer(height), .blob(block.content)])
                last = height
            }
        }
    }

    /// `nil` once closed.
    private let state: Mutex<Open?>

    /// Opens the file, or makes it.
    ///
    /// - Parameters:
    ///   - path: the database file. SQLite puts `-wal` and `-shm` files beside it.
    ///   - busyTimeout: how long to wait for another process that has the file locked, in milliseconds; the calling
    ///     thread waits.
    /// - Throws: ``StorageError`` with the path, when the file cannot be opened, is locked, is damaged or holds
    ///   something else.
    public init(path: String, busyTimeout: Int32 = 2_000) throws(StorageError) {
        state = Mutex(try Open(path: path, busyTimeout: busyTimeout))
    }

    /// Releases the file. Calling it again does nothing; every other call then throws ``StorageError/closed``.
    public func close() { state.withLock { $0 = nil } }

    /// Keeps blocks above those it has, all of them or none.
    ///
    /// - Parameter blocks: heights go up by one, starting above the highest kept; in an empty store at any height.
    /// - Throws: ``StorageError/failed(operation:code:message:)`` for a block that leaves a gap or is there already.
    public func append(_ blocks: [StoredBlock]) throws(StorageError) {
        try state.withLock { state throws(StorageError) in
            let open = try Self.open(state)
            try open.connection.transaction(toDo: "append blocks") { () throws(StorageError) in
                try open.append(blocks)
            }
        }
    }

    /// Drops the blocks at this height and above, and keeps others in their place; all of it or nothing.
    /// - Throws: as ``append(_:)`` does.
    public func replace(fromHeight height: UInt64, with blocks: [StoredBlock]) throws(StorageError) {
        try state.withLock { state throws(StorageError) in
            let open = try Self.open(state)
            try open.connection.transaction(toDo: "replace blocks") { () throws(StorageError) in
                try open.truncate.run([.integer(Int64(clamping: height))])
                try open.append(blocks)
            }
        }
    }

    /// Every block, by height.
    public func all() throws(StorageError) -> [StoredBlock] {
        try state.withLock { state throws(StorageError) in
            let open = try Self.open(state)
            var blocks: [StoredBlock] = []
            try open.all.run([]) { row throws(StorageError) in
                guard let height = UInt64(exactly: row.integer(0)) else {
                    throw .damaged(path: open.connection.path, message: "a block has height \(row.integer(0))")
                }
                blocks.append(StoredBlock(height: height, content: row.bytes(1)))
                return true
            }
            return blocks
        }
    }

    /// Says which chain this file is for, unless that was said before.
    /// - Returns: what was said first.
    public func identity(elseSetTo new: Bytes) throws(StorageError) -> Bytes {
        try state.withLock { state throws(StorageError) in
            let open = try Self.open(state)
            return try open.connection.transaction(toDo: "say whose blocks these are") { () throws(StorageError) in
                var known: Bytes?
                try open.identity.run([]) { row throws(StorageError) in
                    known = row.bytes(0)
                    return false
                }
                if let known { return known }
                try open.identify.run([.blob(new)])
                return new
            }
        }
    }

    private static func open(_ state: Open?) throws(StorageError) -> Open {
        guard let state else { throw .closed }
        return state
    }
}
