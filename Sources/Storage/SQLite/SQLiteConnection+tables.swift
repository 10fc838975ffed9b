/// How every file of this module is opened.
extension SQLiteConnection {
    /// Has commits go to a log of their own first.
    func writeAhead(toDo operation: String) throws(StorageError) {
        var journal = ""
        try prepare("PRAGMA journal_mode = WAL", toDo: operation).run([]) { row throws(StorageError) in
            journal = row.text(0)
            return false
        }
        guard journal == "wal" else {
            throw .cannotOpen(
                path: path, message: "the file system does not allow write-ahead logging (got \(journal))")
        }
        // In this mode NORMAL loses nothing when the process dies; only a power cut may take the last commits.
        try execute("PRAGMA synchronous = NORMAL", toDo: operation)
        try boundLog(toDo: operation)
        rememberFiles()
    }

    /// Makes a new file's tables; a file that has them is left as it is.
    ///
    /// - Parameters:
    ///   - creation: ends with setting `user_version` to `version`.
    ///   - migrations: what makes a file of an older version one of a later, by the older one; each ends with setting
    ///     `user_version`.
    /// - Throws: ``StorageError/foreign(path:message:)`` for a database with other tables.
    func makeTables(
        _ creation: String, version: Int64, migrations: [Int64: String] = [:], toDo operation: String
    ) throws(StorageError) {
        let versions = try prepare("PRAGMA user_version", toDo: operation)
        if try versions.integer([]) == version { return }
        try transaction(toDo: operation) { () throws(StorageError) in
            // Asked again inside the transaction: another process may have made the tables meanwhile.
            var found = try versions.integer([]) ?? 0
            while found != version, let migration = migrations[found] {
                do throws(StorageError) {
                    try execute(migration, toDo: operation)
                } catch {
                    // 1 is SQLITE_ERROR: the tables are not those of that version.
                    guard case .failed(_, 1, let message) = error else { throw error }
                    throw .foreign(path: path, message: message)
                }
                found = try versions.integer([]) ?? 0
            }
            if found == version { return }
            let tables = try prepare("SELECT count(*) FROM sqlite_schema", toDo: operation).integer([]) ?? 0
            guard found == 0, tables == 0 else {
                throw .foreign(
                    path: path, message: "schema version \(found), \(tables) tables, want version \(version)")
            }
            try execute(creation, toDo: operation)
            hasMadeTables = true
        }
    }

    /// Reads every page, and compares every index with its table; the quicker check would let an index pass that misses
    /// messages. For large files that takes a while, and up to 128 MiB of memory: indices are looked up in no order.
    ///
    /// - Throws: ``StorageError/damaged(path:message:)`` with the first thing found.
    func checkIntegrity(toDo operation: String) throws(StorageError) {
        let usual = try prepare("PRAGMA cache_size", toDo: operation).integer([]) ?? -2_000
        try execute("PRAGMA cache_size = -131072", toDo: operation)
        var finding = "the integrity check says nothing"
        try prepare("PRAGMA integrity_check(1)", toDo: operation).run([]) { row throws(StorageError) in
            finding = row.text(0)
            return false
        }
        try execute("PRAGMA cache_size = \(usual); PRAGMA shrink_memory", toDo: operation)
        guard finding == "ok" else { throw .damaged(path: path, message: finding) }
    }
}
