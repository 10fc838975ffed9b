/// The tables of a chain's file: the blocks, and the bytes that say which chain they belong to.
enum BlockSchema {
    /// Far from the versions of message files, so that neither is taken for the other.
    static let version: Int64 = 1_001

    private static let creation = """
        CREATE TABLE blocks (height INTEGER PRIMARY KEY, content BLOB NOT NULL);
        CREATE TABLE identity (id INTEGER PRIMARY KEY CHECK (id = 1), content BLOB NOT NULL);
        PRAGMA user_version = 1001;
        """

    /// Sets up the connection and, in a new file, the tables.
    ///
    /// - Throws: ``StorageError/foreign(path:message:)`` for a database with other tables.
    static func install(in connection: SQLiteConnection) throws(StorageError) {
        let operation = "open the file of blocks"
        var journal = ""
        try connection.prepare("PRAGMA journal_mode = WAL", toDo: operation).run([]) { row throws(StorageError) in
            journal = row.text(0)
            return false
        }
        guard journal == "wal" else {
            throw .cannotOpen(
                path: connection.path, message: "the file system does not allow write-ahead logging (got \(journal))")
        }
        // In this mode NORMAL loses nothing when the process dies; only a power cut may take the last commits.
        try connection.execute("PRAGMA synchronous = NORMAL", toDo: operation)
        let versions = try connection.prepare("PRAGMA user_version", toDo: operation)
        if try versions.integer([]) == version { return }
        try connection.transaction(toDo: operation) { () throws(StorageError) in
            // Asked again inside the transaction: another process may have made the tables meanwhile.
            let found = try versions.integer([]) ?? 0
            if found == version { return }
            let tables = try connection.prepare("SELECT count(*) FROM sqlite_schema", toDo: operation).integer([]) ?? 0
            guard found == 0, tables == 0 else {
                throw .foreign(
                    path: connection.path, message: "schema version \(found), \(tables) tables, want version \(version)"
                )
            }
            try connection.execute(creation, toDo: operation)
        }
    }
}
