import CSQLite

/// How long the write-ahead log of a file may become.
///
/// Every time it is folded in, the disk is waited for twice. So a log is not kept as short as it could be: it may have the
/// size of what is stored, but at least 4 MiB and at most 64 MiB. Folding in then costs less than a tenth of what commits
/// do.
extension SQLiteConnection {
    private static let shortestLog: Int64 = 4 << 20
    private static let longestLog: Int64 = 64 << 20

    /// Takes folding in over from SQLite, which knows only one length for small and large files.
    func boundLog(toDo operation: String) throws(StorageError) {
        pageBytes = try prepare("PRAGMA page_size", toDo: operation).integer([]) ?? 4_096
        followLog()
        try limitLog(toDo: operation)
    }

    /// To be called after each commit.
    func foldInLongLog() {
        let length = logPages * pageBytes
        guard length >= logLimit else { return }
        // As long as the log does not grow faster than that, whoever stores waits for the last few commits only.
        if length < logLimit + logLimit / 4, let folding, folding.begin() != .done { return }
        // Cut short, for instance by a full disk, it goes on after the next commit; nothing is lost that way.
        guard foldInLog() else { return }
        // The old limit stays in force, and holds as well.
        try? limitLog(toDo: "bound the log")
    }

    private func limitLog(toDo operation: String) throws(StorageError) {
        let stored = (try prepare("PRAGMA page_count", toDo: operation).integer([]) ?? 0) * pageBytes
        logLimit = min(max(stored, Self.shortestLog), Self.longestLog)
        // The file is cut to this when the log begins anew. The last commit before that may have been a long one, so that
        // without some play it would be cut every time.
        try execute("PRAGMA journal_size_limit = \(logLimit + logLimit / 4)", toDo: operation)
    }
}
