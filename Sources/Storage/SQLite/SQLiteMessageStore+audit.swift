import SessionProtocol

extension SQLiteMessageStore {
    public nonisolated(nonsending) func audit<Record: Sendable>(
        _ record: @Sendable (StoredMessage) -> Record
    ) async throws(StorageError) -> [Record] {
        let file = try MessageFile(rereading: try await checkedPath())
        var records: [Record] = []
        var row: Int64 = 0
        while true {
            var count = 0
            try file.statements.all.run([.integer(row), .integer(Int64(AuditLimits.page))]) {
                statement throws(StorageError) in
                records.append(record(try file.message(statement)))
                row = statement.integer(0)
                count += 1
                return true
            }
            guard count == AuditLimits.page else { return records }
            await Task.yield()
        }
    }

    /// The file's path, once everything stored before this call is in it and it still is the file that was opened.
    private func checkedPath() throws(StorageError) -> String {
        let file = try open()
        try file.connection.requireOwnFiles()
        try file.connection.requireOwnLog()
        return file.connection.path
    }
}
